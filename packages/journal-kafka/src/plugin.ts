/** What the agent loads when `journal.type` is `kafka`. */
import type { JournalPlugin, JournalRoles, Runtime } from '@audit-relay/core/journal';
import { Bounds } from './bounds.ts';
import { type KafkaJournalConfig, kafkaJournalConfigSchema } from './config.ts';
import { KafkaJournal } from './journal.ts';
import { LaneSharing } from './lane/lane-sharing.ts';
import { lookAtTopics, openClient, openCollectors } from './open.ts';
import type { SourceSharing } from './source/source-sharing.ts';
import { createTopics, missingTopics, topicProblems } from './topics/check.ts';
import { peerFault } from './writer/faults.ts';

type Steps = Awaited<ReturnType<JournalPlugin<KafkaJournalConfig>['setup']>>;

export const kafkaJournal: JournalPlugin<KafkaJournalConfig> = {
  type: 'kafka',
  configSchema: kafkaJournalConfigSchema,
  name: ({ topic_prefix, brokers }) => `kafka ${topic_prefix} at ${brokers.join(', ')}`,
  opener: (config, roles) => ({ open: (runtime) => openKafkaJournal(config, runtime, roles) }),
  problems: (config, runtime) => atCluster(config, runtime, (client) => topicProblems(client, config)),
  setup: (config, { runtime, dryRun }) =>
    atCluster(config, runtime, async (client) => {
      const names = dryRun ? await missingTopics(client, config) : await createTopics(client, config, runtime);
      return [stepOf(config, names, dryRun)];
    }),
};

const HEARTBEATS_A_SESSION = 10;
/** How long a group that gives out anew waits for its members to end what is under way, in milliseconds. */
const REBALANCE_MS = 60_000;

/** @throws RelayError `JOURNAL_TOPICS`, `JOURNAL_PEER`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
export async function openKafkaJournal(
  config: KafkaJournalConfig,
  runtime: Runtime,
  { collect, deliver }: JournalRoles,
): Promise<KafkaJournal> {
  const sessionMs = config.session_timeout;
  const times = { sessionMs, heartbeatMs: sessionMs / HEARTBEATS_A_SESSION, rebalanceMs: REBALANCE_MS };
  const lanes = deliver ? new LaneSharing({ config, runtime, times }) : undefined;
  const common = { lanes, maxBytes: config.max_bytes };
  if (!collect) {
    await lookAtTopics({ config, runtime });
    return new KafkaJournal(common);
  }
  // The one asks the other which partitions it has, and is asked how much is held.
  let sources: SourceSharing | undefined;
  const bounds = new Bounds({
    config,
    runtime,
    partitions: () => sources?.partitions ?? [],
    confirm: async (partition) => sources?.confirm(partition),
  });
  sources = await openCollectors({ config, runtime, measure: () => bounds.measure() }, times);
  return new KafkaJournal({ ...common, sources, bounds });
}

function stepOf(config: KafkaJournalConfig, made: readonly string[], isDry: boolean): Steps[number] {
  const name = `topics ${config.topic_prefix}.*`;
  if (made.length === 0)
    return { name, outcome: 'current', detail: 'all are there; a start says what is wrong about them' };
  const { partitions, replication_factor: copies } = config;
  const what = `${made.join(', ')}: ${partitions} partitions, ${copies} copies`;
  return { name, outcome: 'created', detail: isDry ? `would make ${what}` : `made ${what}` };
}

async function atCluster<T>(
  config: KafkaJournalConfig,
  runtime: Runtime,
  work: (client: ReturnType<typeof openClient>) => Promise<T>,
): Promise<T> {
  const client = openClient(config, runtime);
  try {
    return await work(client);
  } catch (error) {
    throw peerFault(error) ?? error;
  } finally {
    client.destroy();
  }
}
