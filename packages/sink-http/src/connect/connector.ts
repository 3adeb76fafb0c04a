/**
 * Makes the way to one host: TCP, through a proxy if there is one, and TLS, with one limit of time for all of it. undici
 * is given what comes out, and makes no way of its own: its proxies try again without an end when one closes the tunnel.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { CLOSED, codeOf, OVERDUE, type Step } from '../fault/fault.ts';
import { chainOf, type ShownCertificate } from './chain.ts';
import { isSignedBy } from './fingerprint.ts';
import { lookup } from './lookup.ts';
import type { TlsContext } from './tls-context.ts';
import { openTunnel } from './tunnel.ts';
import { Unconnected } from './unconnected.ts';

export interface ConnectorOptions {
  /** Its origin alone matters. */
  readonly url: URL;
  readonly proxy: URL | undefined;
  readonly tls: TlsContext;
  /** SHA-256 of an authority, in hex, that is trusted in place of all others. */
  readonly caFingerprint: string | undefined;
  /** For the whole way, in milliseconds. */
  readonly connectMs: number;
}

/** How long one of several addresses of a name is tried before the next one is tried beside it. */
const NEXT_ADDRESS_MS = 1_000;
const KEEP_ALIVE_MS = 60_000;

/** One way in the making. */
interface Attempt {
  step: Step;
  socket: Socket | undefined;
}

export class Connector {
  readonly #options: ConnectorOptions;
  readonly #attempts = new Set<Attempt>();
  #isClosed = false;
  #chain: readonly ShownCertificate[] = [];

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** As undici wants it. */
  readonly connect: buildConnector.connector = (_, callback) => {
    this.#connect()
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Unconnected('connect', CLOSED), null),
      )
      // An error within undici itself: its request ends by our own timer.
      .catch(() => undefined);
  };

  /** Where the oldest way stands that is not made yet. */
  get step(): Step | undefined {
    const [oldest] = this.#attempts;
    return oldest?.step;
  }

  /** Of the host, not the proxy, as it was last shown and trusted. */
  get chain(): readonly ShownCertificate[] {
    return this.#chain;
  }

  /** Gives up what is being made; there will be no more. */
  destroy(): void {
    this.#isClosed = true;
    for (const { socket } of this.#attempts) socket?.destroy(new Unconnected('connect', CLOSED));
  }

  async #connect(): Promise<Socket> {
    const attempt: Attempt = { step: 'connect', socket: undefined };
    this.#attempts.add(attempt);
    const overdue = (): void => {
      attempt.socket?.destroy(new Unconnected(attempt.step, OVERDUE));
    };
    const timer = setTimeout(overdue, this.#options.connectMs);
    try {
      const socket = await this.#steps(attempt);
      if (this.#isClosed) throw new Unconnected('connect', CLOSED);
      return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    } catch (error) {
      attempt.socket?.on('error', () => undefined).destroy();
      throw error instanceof Unconnected ? error : new Unconnected(attempt.step, codeOf(error));
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }

  async #steps(attempt: Attempt): Promise<Socket> {
    const { url, proxy } = this.#options;
    attempt.step = proxy === undefined ? 'connect' : 'connect_proxy';
    const { hostname, port } = proxy ?? url;
    const options = { host: bare(hostname), port: portOf(proxy ?? url, port) };
    attempt.socket = connectTcp({ ...options, lookup, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS });
    await ready(attempt.socket, 'connect');
    if (proxy !== undefined) {
      if (proxy.protocol === 'https:') await this.#secure(attempt, 'tls_proxy', hostname);
      attempt.step = 'tunnel';
      await openTunnel(attempt.socket, `${url.hostname}:${portOf(url, url.port)}`, proxy);
    }
    return url.protocol === 'https:' ? this.#secure(attempt, 'tls', url.hostname) : attempt.socket;
  }

  async #secure(attempt: Attempt, step: 'tls' | 'tls_proxy', hostname: string): Promise<TLSSocket> {
    attempt.step = step;
    const { tls, caFingerprint } = this.#options;
    const isPinned = step === 'tls' && caFingerprint !== undefined;
    const host = bare(hostname);
    const secured = connectTls({
      secureContext: tls.current(),
      host,
      ...(attempt.socket === undefined ? {} : { socket: attempt.socket }),
      // A name alone may be asked for (RFC 6066, section 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: !isPinned,
    });
    attempt.socket = secured;
    await ready(secured, 'secureConnect');
    // A late alert, such as that our certificate is missed (TLS 1.3), is the last word: the end of the connection, which
    // comes right after it, would take its place.
    secured.on('error', () => secured.destroy());
    if (isPinned && !isSignedBy(secured, caFingerprint)) throw new Unconnected(step, 'CA_FINGERPRINT_MISMATCH');
    if (step === 'tls') this.#chain = chainOf(secured);
    return secured;
  }
}

function ready(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error(), { code: CLOSED })));
  });
}

function portOf({ protocol }: URL, port: string): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** Without the brackets of IPv6. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
