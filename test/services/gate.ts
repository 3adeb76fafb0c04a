/** A way to a server that can be shut halfway: requests arrive, and their answers do not. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate {
  /** In place of the server's address. */
  readonly url: string;
  /** From now on answers are thrown away with their connections. Resolves when the first is lost. */
  shut(): Promise<void>;
  /** Everything passes again. */
  open(): void;
  close(): Promise<void>;
}

/** Stands before the server at `url`, `http://127.0.0.1:<port>`; open at first. */
export async function startGate(url: string): Promise<Gate> {
  const port = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let isShut = false;
  let noteLoss: () => void = () => undefined;
  const server = createServer((client) => {
    const peer = connect(port, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      peer.destroy();
    };
    for (const socket of [client, peer]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.pipe(peer);
    peer.on('data', (answer) => {
      if (!isShut) return void client.write(answer);
      end();
      noteLoss();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A server that listens on a port has an address with one.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut: () => {
      isShut = true;
      return new Promise((resolve) => {
        noteLoss = resolve;
      });
    },
    open: () => {
      isShut = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
