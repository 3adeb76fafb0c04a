/**
 * The sockets of one client: made here so that certificates are read again when their files change, names are looked up as
 * everywhere in the agent, and an end is an end: kafkajs only half-closes them, and never if its peer is silent.
 */
import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { lookup, openTlsContext, type TlsFiles } from '@audit-relay/sink-http';
import type { SocketArguments } from './internals.ts';

const KEEP_ALIVE_MS = 60_000;
/** How long one of several addresses of a name is tried before the next one is tried beside it. */
const NEXT_ADDRESS_MS = 1_000;

export class Sockets {
  readonly #tls: ReturnType<typeof openTlsContext> | undefined;
  readonly #open = new Set<Socket>();
  readonly #codes = new Map<string, string>();
  #made = 0;
  #isEnded = false;

  /** @throws TlsFileError */
  constructor(tls: TlsFiles | undefined) {
    this.#tls = tls === undefined ? undefined : openTlsContext(tls);
  }

  /** Another number after each socket that was made, and after whatever came on one. */
  heard(): number {
    return [...this.#open].reduce((sum, { bytesRead }) => sum + bytesRead, this.#made);
  }

  /**
   * Why the last socket to `host:port`, or where none is named to any, failed: where TLS is refused, kafkajs often sees the
   * end of the connection alone.
   */
  codeAt(address?: string): string | undefined {
    return address === undefined ? [...this.#codes.values()].at(-1) : this.#codes.get(address);
  }

  /** As kafkajs wants it: the handlers of data, end and error are its own. */
  readonly make = ({ host, port, onConnect }: SocketArguments): Socket => {
    const socket = endingOnBadFrames(this.#isEnded ? ended() : this.#connect(host, port, onConnect));
    const address = `${host}:${port}`;
    this.#codes.delete(address);
    this.#open.add(socket);
    this.#made += 1;
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== undefined) this.#codes.set(address, error.code);
    });
    socket.on('close', () => this.#open.delete(socket));
    return socket;
  };

  /** All of them, and those that are asked for later. */
  destroy(): void {
    this.#isEnded = true;
    for (const socket of this.#open) socket.destroy(closed());
  }

  #connect(host: string, port: number, onConnect: () => void): Socket {
    const way = { host, port, lookup, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS };
    if (this.#tls === undefined) return connectTcp(way, onConnect);
    // A name alone may be asked for (RFC 6066, section 3).
    const name = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ ...way, ...name, secureContext: this.#tls.current() }, onConnect);
  }
}

/**
 * Of a frame that is shorter than the number it must begin with kafkajs throws where nobody can catch it, which would end the
 * process: here it ends the connection. So does whatever else it throws of what came.
 */
function endingOnBadFrames<Of extends Socket>(socket: Of): Of {
  const emit = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== 'data') return emit(event, ...values);
    // What comes behind it is nobody's.
    if (socket.destroyed) return false;
    try {
      return emit(event, ...values);
    } catch (cause) {
      socket.destroy(Object.assign(new Error('no frame of the protocol', { cause }), { code: 'EBADMSG' }));
      return true;
    }
  };
  return socket;
}

/** One that fails before it begins. */
function ended(): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(closed()));
  return socket;
}

function closed(): Error {
  return Object.assign(new Error('the connection is closed'), { code: 'CLOSED' });
}
