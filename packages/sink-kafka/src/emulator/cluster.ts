/**
 * Brokers of a made-up cluster with one topic, on TCP: what a real one answers to the requests of this package, and faults on
 * request. It is no Kafka: what Kafka itself does is tested with Kafka, in `test/kafka/`.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Api, answerTo, type Connection } from './apis.ts';
import type { BatchRecord, RecordBatch } from './record-batch.ts';

/** A record that is held. */
export interface Held extends BatchRecord {
  readonly partition: number;
  readonly offset: number;
}

/** One request Produce as it came. */
export interface ProduceSeen {
  readonly node: number;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly batches: ReadonlyMap<number, RecordBatch>;
}

/** What becomes of a request Produce. */
export interface ProduceAct {
  /** By partition; absent: 0, stored. */
  readonly codes?: Readonly<Record<number, number>>;
  /** Said in place of the true one, by partition; such a batch is not stored. */
  readonly baseOffsets?: Readonly<Record<number, bigint>>;
  /** Whether it is stored, whatever its code. */
  readonly isStored?: boolean;
  readonly throttleMs?: number;
  /** Partitions that the answer leaves out. */
  readonly unnamed?: readonly number[];
  /** What comes in place of an answer. */
  readonly instead?: 'silence' | 'close';
}

export class Cluster {
  readonly topic: string;
  readonly held: Held[] = [];
  readonly produces: ProduceSeen[] = [];
  /** Requests in the order in which they came. */
  readonly asked: Api[] = [];
  readonly clientIds: Set<string> = new Set();
  readonly created: string[] = [];
  /** Passwords and tokens that were shown. */
  readonly shown: string[] = [];
  /** Connections ever made. */
  connections: number;
  /** By partition: the node that leads it; -1: none. */
  readonly leaders: number[];
  /** Copies of each partition that are in sync, of three. */
  inSync: number;
  /** By node: the address that it advertises; absent: where it is. */
  readonly advertised: string[] = [];
  /** Of the topic: 3 where there is none. */
  topicCode: number;
  /** Absent: nobody has to say who he is. */
  users: ReadonlyMap<string, string> | undefined;
  settings: Readonly<Record<string, string>> = { 'min.insync.replicas': '2', 'max.message.bytes': '1048588' };
  /** Codes that requests are answered with. */
  readonly codes: Map<Api, number> = new Map();
  /** Requests that have no answer. */
  readonly silent: Set<Api> = new Set();
  act: (seen: ProduceSeen) => ProduceAct = () => ({});
  readonly addresses: string[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #producerIds = 0n;

  constructor(partitions: number, nodes: number) {
    this.topic = 'audit';
    this.connections = 0;
    this.topicCode = 0;
    this.inSync = 3;
    this.leaders = Array.from({ length: partitions }, (_, index) => index % nodes);
  }

  static async start({ partitions = 3, nodes = 1 }: { partitions?: number; nodes?: number } = {}): Promise<Cluster> {
    const cluster = new Cluster(partitions, nodes);
    for (let node = 0; node < nodes; node += 1) await cluster.#listen(node);
    return cluster;
  }

  /** Of the events that are held, a copy counts again. */
  get ids(): readonly string[] {
    return this.held.map(({ headers }) => headers['openai-event-id'] ?? '');
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  nextProducerId(): bigint {
    this.#producerIds += 1n;
    return this.#producerIds;
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
        else if (answer !== 'silence') socket.write(answer);
      }
    });
  }
}
