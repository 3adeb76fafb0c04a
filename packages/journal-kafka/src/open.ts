/** The journal on Kafka, put together: client → topics → assignment → the sources' way in. */
import { type Runtime, Signal } from '@audit-relay/core/journal';
import { LogThrottle } from '@audit-relay/sink-http';
import { Client } from './client/client.ts';
import type { KafkaJournalConfig } from './config.ts';
import type { Assignment } from './membership.ts';
import { Collector } from './source/collector.ts';
import { type Held, KafkaRoom } from './source/room.ts';
import { createTopics, refuseTopics } from './topics/check.ts';
import { namesOf } from './topics/names.ts';
import { isPassing, peerFault } from './writer/faults.ts';

/** A client that knows the journal's topics. Touches no network. @throws TlsFileError */
export function openClient(config: KafkaJournalConfig, { elapsedMs, log }: Runtime): Client {
  const { entries, state, ids, lanes } = namesOf(config.topic_prefix);
  const say = (code: string, fields: object, level: 'info' | 'warn' = 'warn'): void =>
    log(level, code, 'the Kafka client says something', { ...fields });
  return new Client({ config, log: new LogThrottle({ elapsedMs, log: say }), topics: [entries, state, ids, lanes] });
}

/** Makes the topics that are missing; their names. @throws RelayError `JOURNAL_PEER` */
export async function setUpTopics(config: KafkaJournalConfig, runtime: Runtime): Promise<readonly string[]> {
  const client = openClient(config, runtime);
  try {
    return await createTopics(client, config, runtime);
  } catch (error) {
    throw peerFault(error) ?? error;
  } finally {
    client.destroy();
  }
}

export interface SourcesOrder {
  readonly config: KafkaJournalConfig;
  readonly runtime: Runtime;
  /** Whose the partitions are: of a consumer group, or fixed. */
  readonly assignment: Assignment;
  /** What lanes have not passed. Absent: nobody bounds it. */
  readonly measure?: () => Promise<Held>;
}

export interface OpenSources extends Pick<Collector, 'configure' | 'refuse' | 'adopt' | 'source' | 'owns'> {
  readonly lost: AbortSignal;
  readonly unwritable: Collector['unwritable'];
  /** Resolves when what is under way has ended and nothing of the client is left. */
  close(): Promise<void>;
}

/**
 * The sources' way in, in the name of one assignment.
 * @throws RelayError `JOURNAL_TOPICS`, `JOURNAL_PEER`, `JOURNAL_LOST`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER`.
 */
export async function openSources({ config, runtime, assignment, measure }: SourcesOrder): Promise<OpenSources> {
  const client = openClient(config, runtime);
  try {
    await forAWhile({ config, runtime }, () => refuseTopics(client, config));
    const unbounded = async (): Promise<Held> => ({ bytes: 0, because: 'nothing' });
    const room = new KafkaRoom({ maxBytes: config.max_bytes, measure: measure ?? unbounded, runtime });
    await room.look();
    const collector = await Collector.open({ config, client, assignment, runtime, room, arrived: new Signal() });
    return ended(collector, client);
  } catch (error) {
    client.destroy();
    throw peerFault(error) ?? error;
  }
}

const PAUSE_MS = 200;

/** A leader that moves is nothing to refuse a start for; a cluster that does not answer for `request_timeout`, or credentials that it refuses, are. */
async function forAWhile(
  { config, runtime }: Pick<SourcesOrder, 'config' | 'runtime'>,
  look: () => Promise<void>,
): Promise<void> {
  const untilMs = runtime.elapsedMs() + config.request_timeout;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!isPassing(error) || runtime.elapsedMs() > untilMs) throw error;
    }
    await runtime.sleep(PAUSE_MS, NEVER);
  }
}

const NEVER = new AbortController().signal;

function ended(collector: Collector, client: Client): OpenSources {
  return {
    configure: (configuration) => collector.configure(configuration),
    refuse: (configuration) => collector.refuse(configuration),
    adopt: (origins) => collector.adopt(origins),
    source: (name) => collector.source(name),
    owns: (name) => collector.owns(name),
    get lost() {
      return collector.lost;
    },
    get unwritable() {
      return collector.unwritable;
    },
    close: async () => {
      await collector.close();
      client.destroy();
    },
  };
}
