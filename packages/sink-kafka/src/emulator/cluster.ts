/**
 * Brokers of a made-up cluster with one topic, on TCP: what a real one answers to the requests of this package, and faults on
 * request. It is no Kafka: what Kafka itself does is tested with Kafka, in `test/kafka/`.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { answerTo } from './apis.ts';
import { ClusterState, type Connection } from './cluster-state.ts';

export type { Held, ProduceAct, ProduceSeen } from './cluster-state.ts';

/** The same on TCP. */
export class Cluster extends ClusterState {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  static async start({ partitions = 3, nodes = 1 }: { partitions?: number; nodes?: number } = {}): Promise<Cluster> {
    const cluster = new Cluster(partitions, nodes);
    for (let node = 0; node < nodes; node += 1) await cluster.#listen(node);
    return cluster;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Ends every connection, as brokers do with idle ones. */
  async endConnections(): Promise<void> {
    const ended = [...this.#sockets].map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.end();
    await Promise.all(ended);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** After `stop`, at the same addresses. */
  async startAgain(): Promise<void> {
    const ports = this.addresses.splice(0).map((address) => Number(address.split(':')[1]));
    for (const [node, port] of ports.entries()) await this.#listen(node, port);
  }

  async #listen(node: number, port = 0): Promise<void> {
    const server = createServer((socket) => this.#serve(socket, node)).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    this.addresses.push(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    this.#servers.push(server);
  }

  #serve(socket: Socket, node: number): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    const connection: Connection = { cluster: this, node, isKnown: this.users === undefined };
    let waiting = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
        const request = waiting.subarray(4, 4 + waiting.readInt32BE(0));
        waiting = waiting.subarray(4 + request.length);
        const answer = answerTo(request, connection);
        if (answer === 'close') socket.end();
        else if (answer !== 'silence') this.#answer(socket, answer);
      }
    });
  }

  #answer(socket: Socket, answer: Buffer): void {
    if (this.answerMs === 0) socket.write(answer);
    else setTimeout(() => socket.destroyed || socket.write(answer), this.answerMs);
  }
}
