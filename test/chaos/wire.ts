/** A TCP proxy before a peer, which passes everything on, or does what a bad network does. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { WireMode } from './schedule.ts';

/** Bytes of an answer after which a connection is cut. */
const CUT_AFTER = 60;
const SLOW_MS = 150;

export class Wire {
  /** How many connections met each mode. Nobody meets one that refuses them: the system does it. */
  readonly met: Map<string, number> = new Map();
  served = 0;
  readonly port: number;
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #mode: WireMode | undefined;

  private constructor(port: number, to: number, server: Server) {
    this.port = port;
    this.#to = to;
    this.#server = server;
    server.on('connection', (client) => this.#serve(client));
  }

  /** Before the port `to` of this machine. */
  static async open(to: number): Promise<Wire> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on a port has an address with one.
    return new Wire((server.address() as AddressInfo).port, to, server);
  }

  /** For whoever asks why nothing comes through. */
  get state(): string {
    const listens = this.#server?.listening === true ? 'listens' : 'does not listen';
    return `port ${this.port} ${listens}, ${this.#mode ?? 'passes'}, ${this.served} connections served, ${this.#sockets.size} sockets open`;
  }

  /** From now on, for connections that stand too; undefined: everything passes. */
  async become(mode: WireMode | undefined): Promise<void> {
    this.#mode = mode;
    if (mode === 'refused') return this.#stop();
    if (mode !== undefined || this.#server === undefined) this.#hangUp();
    if (this.#server !== undefined) return;
    const server = createServer((client) => this.#serve(client));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#mode = 'refused';
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#hangUp();
    if (server !== undefined) await once(server.close(), 'close');
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket): void {
    const mode = this.#mode;
    this.served += 1;
    if (mode !== undefined) this.met.set(mode, (this.met.get(mode) ?? 0) + 1);
    this.#keep(client);
    if (mode === 'reset') return void client.resetAndDestroy();
    if (mode === 'silent') return void client.resume();
    const peer = connect(this.#to, '127.0.0.1');
    this.#keep(peer);
    client.on('close', () => peer.destroy());
    peer.on('close', () => client.destroy());
    client.pipe(peer);
    answers(peer, client, mode);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
  }
}

/** What becomes of the answers of one connection. */
function answers(peer: Socket, client: Socket, mode: WireMode | undefined): void {
  let passed = 0;
  peer.on('data', (chunk: Buffer) => {
    if (mode === 'answer_held') return;
    if (mode === 'answer_lost') return void client.destroy();
    if (mode === 'slow') return void late(client, chunk);
    const left = mode === 'cut' ? CUT_AFTER - passed : chunk.length;
    passed += chunk.length;
    client.write(chunk.subarray(0, Math.max(0, left)));
    if (chunk.length > left) client.destroySoon();
  });
}

async function late(client: Socket, chunk: Buffer): Promise<void> {
  await setTimeout(SLOW_MS);
  if (!client.destroyed) client.write(chunk);
}
