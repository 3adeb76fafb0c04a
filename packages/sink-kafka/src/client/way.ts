/** One client's way to one topic. */
import type { KafkaConfig } from '../config.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { TopicsMetadata } from './internals.ts';
import { ClientError } from './port.ts';

export interface WayOptions extends ConnectionOptions {
  readonly config: KafkaConfig;
}

export class Way extends Connection {
  readonly #topic: string;

  /** Touches no network. @throws TlsFileError */
  constructor(options: WayOptions) {
    super(options);
    this.#topic = options.config.topic;
    this.cluster.targetTopics.add(this.#topic);
  }

  /** What is known of the topic, five minutes old at most. @throws ClientError with the code of a topic that is not there. */
  async topic(): Promise<TopicsMetadata['topicMetadata'][number]> {
    await this.ask((cluster) => cluster.refreshMetadataIfNecessary());
    const found = this.cluster.brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === this.#topic);
    if (found === undefined) throw new ClientError({ kind: 'leaderless' });
    if (found.topicErrorCode !== 0) throw new ClientError({ kind: 'code', code: found.topicErrorCode });
    return found;
  }
}
