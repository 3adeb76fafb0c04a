/** One client's connections to a cluster: kafkajs's, with our sockets, credentials and log, and none of its patience. */
import type { LogThrottle } from '@audit-relay/sink-http';
import type { ConnectionConfig } from './connection-config.ts';
import { type Cluster, openCluster } from './internals.ts';
import { clientLogger } from './log.ts';
import type { Trouble } from './port.ts';
import { saslOf } from './sasl.ts';
import { Sockets } from './sockets.ts';
import { clientError, troubleOf } from './trouble.ts';

export interface ConnectionOptions {
  readonly config: ConnectionConfig;
  /** The configured brokers, in the order in which they are tried. */
  readonly brokers: readonly string[];
  readonly log: Pick<LogThrottle, 'log'>;
}

const METADATA_MAX_AGE_MS = 300_000;
/** How long before the end of a session of SASL the credentials are shown anew, in milliseconds. */
const REAUTHENTICATE_MS = 10_000;

export class Connection {
  readonly cluster: Cluster;
  readonly #sockets: Sockets;
  #isEnded = false;

  /** Touches no network. @throws TlsFileError */
  constructor({ config, brokers, log }: ConnectionOptions) {
    this.#sockets = new Sockets(config.tls);
    this.cluster = openCluster({
      logger: clientLogger(log, () => this.#isEnded),
      brokers,
      clientId: config.client_id,
      socketFactory: this.#sockets.make,
      ssl: config.tls !== undefined,
      sasl: config.sasl === undefined ? null : saslOf(config.sasl),
      connectionTimeout: config.connect_timeout,
      authenticationTimeout: config.connect_timeout,
      reauthenticationThreshold: REAUTHENTICATE_MS,
      requestTimeout: config.request_timeout,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      // Each broker of the list once, and nothing twice.
      retry: { retries: brokers.length - 1, initialRetryTime: 1, maxRetryTime: 1, factor: 0, multiplier: 1 },
    });
  }

  /** What a question comes to. @throws ClientError */
  async ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return await question(this.cluster);
    } catch (error) {
      throw clientError(error, false, this.#codeAt);
    }
  }

  troubleOf(error: unknown, sent: boolean): Trouble {
    return troubleOf(error, sent, this.#codeAt);
  }

  readonly #codeAt = (broker?: string): string | undefined => this.#sockets.codeAt(broker);

  heard(): number {
    return this.#sockets.heard();
  }

  /** In good order; a peer that says nothing is waited for. */
  async close(): Promise<void> {
    this.#isEnded = true;
    await this.cluster.disconnect();
    this.#sockets.destroy();
  }

  /** At once. */
  destroy(): void {
    this.#isEnded = true;
    this.#sockets.destroy();
  }
}
