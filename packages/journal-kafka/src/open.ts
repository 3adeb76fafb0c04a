/** The journal on Kafka, put together: client → topics → assignment → the sources' way in. */
import { type Runtime, Signal } from '@audit-relay/core/journal';
import { LogThrottle } from '@audit-relay/sink-http';
import { Client } from './client/client.ts';
import type { KafkaJournalConfig } from './config.ts';
import { GroupMember, type GroupMemberOptions } from './group/member.ts';
import type { Assignment, Membership } from './membership.ts';
import { Collector } from './source/collector.ts';
import { refuseConfiguration, type Sources } from './source/combined.ts';
import { type Held, KafkaRoom } from './source/room.ts';
import { type SourceFigures, SourceSharing } from './source/source-sharing.ts';
import { createTopics, refuseTopics } from './topics/check.ts';
import { namesOf } from './topics/names.ts';
import { isPassing, peerFault } from './writer/faults.ts';
import { loadPartition } from './writer/partition-state.ts';

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

export interface CollectorsOrder {
  readonly config: KafkaJournalConfig;
  readonly runtime: Runtime;
  /** What lanes have not passed. Absent: nobody bounds it. */
  readonly measure?: () => Promise<Held>;
}

export interface SourcesOrder extends CollectorsOrder {
  /** Whose the partitions are: of a consumer group, or fixed. */
  readonly assignment: Assignment;
  /** Gives up waiting for the cluster. */
  readonly signal?: AbortSignal;
}

export interface OpenSources extends Pick<Collector, 'configure' | 'refuse' | 'adopt' | 'source' | 'owns'> {
  figures(): SourceFigures;
  readonly lost: AbortSignal;
  readonly unwritable: Collector['unwritable'];
  /** Resolves when what is under way has ended and nothing of the client is left. */
  close(): Promise<void>;
}

/**
 * The sources' way in, in the name of one assignment.
 * @throws RelayError `JOURNAL_TOPICS`, `JOURNAL_PEER`, `JOURNAL_LOST`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER`.
 */
export async function openSources({
  config,
  runtime,
  assignment,
  measure,
  signal = NEVER,
}: SourcesOrder): Promise<OpenSources> {
  const client = openClient(config, runtime);
  try {
    await forAWhile({ config, runtime }, () => refuseTopics(client, config));
    const unbounded = async (): Promise<Held> => ({ bytes: 0, because: 'nothing' });
    const room = new KafkaRoom({ maxBytes: config.max_bytes, measure: measure ?? unbounded, runtime });
    await room.look();
    const collector = await Collector.open({
      config,
      client,
      assignment,
      runtime,
      room,
      arrived: new Signal(),
      signal,
    });
    return ended({ collector, client, room });
  } catch (error) {
    client.destroy();
    throw peerFault(error) ?? error;
  }
}

/** Until the group takes a member that says nothing for dead, and how often it says something, in milliseconds. */
const SESSION_MS = 30_000;
const HEARTBEAT_MS = 3_000;
/** How long a group that gives out anew waits for its members to end what is under way, in milliseconds. */
const REBALANCE_MS = 60_000;

/**
 * The sources that this process reads, as the group of collectors gives them out. Begins with the first `configure`.
 * @throws RelayError `JOURNAL_TOPICS`, `JOURNAL_PEER`.
 */
export async function openCollectors(
  order: CollectorsOrder,
  { sessionMs = SESSION_MS, heartbeatMs = HEARTBEAT_MS, rebalanceMs = REBALANCE_MS }: Partial<GroupTimes> = {},
): Promise<SourceSharing> {
  const { config, runtime } = order;
  const found = await lookAtTopics(order);
  const { collectors: groupId, state: topic } = namesOf(config.topic_prefix);
  // A member waits at its coordinator for the others: on connections of its own, since a broker answers what came first on one.
  const client = openClient(config, runtime);
  const { partitions } = config;
  const times = { sessionMs, heartbeatMs, rebalanceMs };
  const member = new GroupMember({ connection: client.connection, groupId, topic, partitions, runtime, ...times });
  const membership: Membership = {
    next: (signal) => member.next(signal),
    get unwritable() {
      return member.unwritable;
    },
    close: async () => {
      await member.close();
      client.destroy();
    },
  };
  return new SourceSharing({
    membership,
    runtime,
    refuse: (configuration) => {
      refuseConfiguration(found, configuration);
    },
    open: (assignment, signal) => openSources({ ...order, assignment, signal }),
  });
}

export type GroupTimes = Pick<GroupMemberOptions, 'sessionMs' | 'heartbeatMs' | 'rebalanceMs'>;

/** Refuses topics that would lose something: what stands in them of all sources. @throws RelayError `JOURNAL_TOPICS`, `JOURNAL_PEER` */
export async function lookAtTopics(order: CollectorsOrder): Promise<Sources> {
  const { config, runtime } = order;
  const client = openClient(config, runtime);
  const names = namesOf(config.topic_prefix);
  try {
    let found: Sources = new Map();
    await forAWhile(order, async () => {
      await refuseTopics(client, config);
      const all = Array.from({ length: config.partitions }, (_, partition) =>
        loadPartition({ client, names, partition, signal: NEVER }, 'state'),
      );
      const sources = (await Promise.all(all)).flatMap((state) => [...state.sources]);
      found = new Map(sources.map(([name, { store }]) => [name, store]));
    });
    return found;
  } catch (error) {
    throw peerFault(error) ?? error;
  } finally {
    client.destroy();
  }
}

const PAUSE_MS = 200;

/** A leader that moves is nothing to refuse a start for; a cluster that does not answer for `request_timeout`, or credentials that it refuses, are. */
async function forAWhile({ config, runtime }: CollectorsOrder, look: () => Promise<void>): Promise<void> {
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

interface Opened {
  readonly collector: Collector;
  readonly client: Client;
  readonly room: KafkaRoom;
}

function ended({ collector, client, room }: Opened): OpenSources {
  return {
    configure: (configuration) => collector.configure(configuration),
    refuse: (configuration) => collector.refuse(configuration),
    adopt: (origins) => collector.adopt(origins),
    source: (name) => collector.source(name),
    owns: (name) => collector.owns(name),
    figures: () => {
      const { fullBecauseOf } = room;
      return { ...collector.figures(), bytes: room.bytes, ...(fullBecauseOf !== undefined && { fullBecauseOf }) };
    },
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
