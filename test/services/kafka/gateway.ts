/**
 * Kafka's own Java clients, asked over HTTP: what a test makes, changes and reads at a broker, it does not do with the
 * client of the product. One process serves a whole run, and any broker.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { SharedServer } from '../desk.ts';
import { startJava } from './java-program.ts';

/** 1 to 3 s. */
export async function startGateway(): Promise<SharedServer> {
  const { child, end } = await startJava('auditrelay.Gateway', []);
  const words = text(child.stderr);
  const died = once(child, 'close').then(async () => {
    throw new Error(`the gateway to Kafka's Java clients ended: ${(await words).slice(-2_000)}`);
  });
  const first = once(createInterface({ input: child.stdout }), 'line');
  const [line] = await Promise.race([first, died]);
  died.catch(() => undefined);
  return { url: `http://127.0.0.1:${String(line).split(' ').at(-1)}`, stop: end };
}

export interface KafkaRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
}

export interface KafkaPartition {
  readonly partition: number;
  /** −1: none. */
  readonly leader: number;
  readonly inSync: readonly number[];
  /** The ids of idempotent producers that the leader remembers. */
  readonly producers: readonly number[];
}

export interface Topic {
  /** 3. */
  readonly partitions?: number;
  /** 1. */
  readonly replicas?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  /** As who reads committed transactions alone. */
  readonly isCommitted?: boolean;
  /** Without values, which of many records are too much. */
  readonly isBrief?: boolean;
}

export type Operation = 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS' | 'CREATE';

/** One cluster, seen through a gateway. What fails throws with the words of Java's exception. */
export class Observer {
  readonly #gateway: string;
  readonly #bootstrap: string;

  constructor(gateway: string, bootstrap: string) {
    this.#gateway = gateway;
    this.#bootstrap = bootstrap;
  }

  async createTopic(name: string, topic: Topic = {}): Promise<void> {
    await this.#order('create-topic', { name, ...topic });
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#order('delete-topic', { name });
  }

  async topics(): Promise<readonly string[]> {
    return (await this.#order('topics', {})) as readonly string[];
  }

  async partitions(name: string): Promise<readonly KafkaPartition[]> {
    return (await this.#order('partitions', { name })) as readonly KafkaPartition[];
  }

  /** Orders the replicas of a partition; the first becomes its leader. */
  async lead(name: string, partition: number, replicas: readonly number[]): Promise<void> {
    await this.#order('lead', { name, partition, replicas });
  }

  /** Of a `TOPIC`, or of a `BROKER` by its number. */
  async configure(type: 'TOPIC' | 'BROKER', name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#order('configure', { type, name, configs });
  }

  /** Gives a user these rights on a topic and no others; whoever has none is refused from then on. */
  async allow(user: string, name: string, operations: readonly Operation[]): Promise<void> {
    await this.#order('allow', { user, name, operations });
  }

  /** Without a password the user is no more. */
  async setScram(user: string, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password?: string): Promise<void> {
    await this.#order('scram', { user, mechanism, ...(password === undefined ? {} : { password }) });
  }

  /** How much a client, by its id, may write; absent: as much as it can. */
  async setQuota(client: string, bytesPerSecond?: number): Promise<void> {
    await this.#order('quota', { client, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) });
  }

  /** Bytes on disk, all replicas together. */
  async size(name: string): Promise<number> {
    return (await this.#order('size', { name })) as number;
  }

  /** All that the topic holds now, each partition in order. */
  async records(name: string, options: ReadOptions = {}): Promise<readonly KafkaRecord[]> {
    return (await this.#order('records', { name, ...options })) as readonly KafkaRecord[];
  }

  /** Writes a record for each key by Kafka's own producer; the partitions that it chose. */
  async write(name: string, keys: readonly string[]): Promise<readonly number[]> {
    return (await this.#order('write', { name, keys })) as readonly number[];
  }

  /** Answers of `Orders.java`, which has the types above. */
  async #order(order: string, asked: object): Promise<unknown> {
    const body = JSON.stringify({ bootstrap: this.#bootstrap, ...asked });
    const response = await fetch(`${this.#gateway}/${order}`, { method: 'POST', body });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${order}: ${Object(answer).error}`);
    return answer;
  }
}
