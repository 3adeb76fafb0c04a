/** An HTTP proxy that opens tunnels (CONNECT), as networks of companies have one, with what such a proxy does when it is ill. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TunnelMode } from './schedule.ts';

/** Bytes of answers after which a tunnel is cut. */
const CUT_AFTER = 60;
const USER = 'relay';
const PASSWORD = 'secret-of-proxy';
const CREDENTIALS = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

export class Tunnel {
  /** How many connections, by the mode that they met. */
  readonly met: Map<string, number> = new Map();
  /** Tunnels. */
  opened = 0;
  readonly #sockets = new Set<Duplex>();
  readonly #server: Server;
  #mode: TunnelMode | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#keep(socket);
      if (this.#mode === 'reset') socket.resetAndDestroy();
      if (this.#mode !== undefined) this.met.set(this.#mode, (this.met.get(this.#mode) ?? 0) + 1);
    });
    // It takes CONNECT alone.
    server.on('request', (_, response) => response.writeHead(405).end());
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#connect(request, socket, head),
    );
  }

  static async open(): Promise<Tunnel> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Tunnel(server);
  }

  /** With the name and the password that it wants. */
  get url(): string {
    // A server that listens on a port has an address with one.
    return `http://${USER}:${PASSWORD}@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, also for tunnels that stand; undefined: it does its work. */
  become(mode: TunnelMode | undefined): void {
    this.#mode = mode;
    if (mode !== undefined) this.#hangUp();
  }

  async close(): Promise<void> {
    this.#hangUp();
    await once(this.#server.close(), 'close');
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect({ url = '', headers }: IncomingMessage, client: Duplex, head: Buffer): void {
    const mode = this.#mode;
    if (mode === 'silent') return;
    if (mode === '407' || headers['proxy-authorization'] !== CREDENTIALS) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n',
      );
      return;
    }
    if (mode === '502') return void client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
    const peer = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      this.opened += 1;
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) peer.write(head);
      client.pipe(peer);
      answers(peer, client, mode);
    });
    this.#keep(peer);
    client.on('close', () => peer.destroy());
    peer.on('close', () => client.destroy());
  }

  #keep(socket: Duplex): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
  }
}

function answers(peer: Socket, client: Duplex, mode: TunnelMode | undefined): void {
  let passed = 0;
  peer.on('data', (chunk: Buffer) => {
    if (mode === 'answer_held') return;
    if (mode === 'answer_lost') return void client.destroy();
    const left = mode === 'cut' ? CUT_AFTER - passed : chunk.length;
    passed += chunk.length;
    client.write(chunk.subarray(0, Math.max(0, left)));
    if (chunk.length > left) client.destroy();
  });
}
