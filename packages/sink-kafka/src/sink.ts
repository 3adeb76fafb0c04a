/** The sink at work. */
import type { Batch, Check, SendCall, SendResult, Sink } from '@audit-relay/sink';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { KafkaConfig } from './config.ts';

export class KafkaSink implements Sink {
  readonly #config: KafkaConfig;
  #producer: Producer | undefined;

  constructor(config: KafkaConfig) {
    this.#config = config;
  }

  async send({ envelopes }: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    try {
      this.#producer ??= await this.#connect();
      const messages = envelopes.map(({ id, timeMs, json }) => ({ key: id, timestamp: `${timeMs}`, value: json }));
      await this.#producer.send({ topic: this.#config.topic, acks: -1, messages });
      return { kind: 'acked' };
    } catch (error) {
      await this.close();
      const reason = error instanceof Error ? error.name : 'unknown';
      return { kind: 'retryable', why: 'unanswered', reason };
    }
  }

  async check(): Promise<readonly Check[]> {
    return [];
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect();
  }

  async #connect(): Promise<Producer> {
    const { brokers, client_id, connect_timeout, request_timeout } = this.#config;
    const client = new Kafka({
      brokers: [...brokers],
      clientId: client_id,
      connectionTimeout: connect_timeout,
      requestTimeout: request_timeout,
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const producer = client.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }
}
