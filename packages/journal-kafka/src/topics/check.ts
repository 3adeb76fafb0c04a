/** The journal's topics at a start: whether they are there, as they must be, and readable; and how they are made on request. */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import { ClientError } from '@audit-relay/sink-kafka/connection';
import type { Client } from '../client/client.ts';
import { offsetOf, readPage } from '../client/committed.ts';
import type { KafkaJournalConfig } from '../config.ts';
import { plansOf, type TopicPlan } from './plan.ts';

/**
 * Everything that is wrong about them, a sentence each; none: the journal may begin. Changes nothing.
 * @throws ClientError when the cluster does not answer.
 */
export async function topicProblems(client: Client, config: KafkaJournalConfig): Promise<readonly string[]> {
  const found = await Promise.all(plansOf(config).map((plan) => problemsOf(client, config, plan)));
  return found.flat();
}

/** @throws RelayError `JOURNAL_TOPICS` with all that is wrong; ClientError. */
export async function refuseTopics(client: Client, config: KafkaJournalConfig): Promise<void> {
  const problems = await topicProblems(client, config);
  if (problems.length > 0) throw new RelayError('JOURNAL_TOPICS', problems.join('; '));
}

/** Names of those that `createTopics` would make. @throws ClientError */
export async function missingTopics(client: Client, config: KafkaJournalConfig): Promise<readonly string[]> {
  return (await missingPlans(client, config)).map(({ name }) => name);
}

async function missingPlans(client: Client, config: KafkaJournalConfig): Promise<readonly TopicPlan[]> {
  const plans = plansOf(config);
  const there = await Promise.all(plans.map(({ name }) => client.leaders(name)));
  return plans.filter((_, at) => there[at] === undefined);
}

const PAUSE_MS = 50;

/** Makes those that are missing, and changes none that is there. Their names, once they can be used. @throws ClientError */
export async function createTopics(
  client: Client,
  config: KafkaJournalConfig,
  { sleep, elapsedMs }: Pick<Runtime, 'sleep' | 'elapsedMs'>,
): Promise<readonly string[]> {
  const missing = await missingPlans(client, config);
  if (missing.length === 0) return [];
  const topics = missing.map(({ name: topic, settings }) => ({
    topic,
    numPartitions: config.partitions,
    replicationFactor: config.replication_factor,
    configEntries: settings.map(({ name, value }) => ({ name, value })),
  }));
  const { request_timeout: timeout } = config;
  await client.ofController((broker) => broker.createTopics({ topics, validateOnly: false, timeout }));
  // The brokers hear of them one after another.
  const untilMs = elapsedMs() + timeout;
  for (const { name } of missing) {
    while (!(await isLed(client, name)) && elapsedMs() < untilMs) await sleep(PAUSE_MS, NEVER);
  }
  return missing.map(({ name }) => name);
}

const NEVER = new AbortController().signal;

async function isLed(client: Client, name: string): Promise<boolean> {
  client.forget();
  const leaders = await client.leaders(name);
  return leaders !== undefined && [...leaders.values()].every((leader) => leader >= 0);
}

async function problemsOf(
  client: Client,
  config: KafkaJournalConfig,
  { name, settings }: TopicPlan,
): Promise<readonly string[]> {
  const leaders = await client.leaders(name).catch(notAllowed);
  if (leaders === undefined || leaders === 'not_allowed') {
    return [`topic ${name} is missing, or this principal may not Describe it: run audit-relay setup, or grant it`];
  }
  const problems: string[] = [];
  if (leaders.size !== config.partitions) {
    const so = 'sources would be looked for in other partitions than theirs';
    problems.push(
      `topic ${name} has ${leaders.size} partitions, and journal.partitions is ${config.partitions}: ${so}`,
    );
  }
  const held = await client.settingsOf(name).catch(notAllowed);
  if (held === 'not_allowed') return [...problems, `topic ${name}: grant DescribeConfigs on it`];
  for (const setting of settings) {
    const value = held.get(setting.name);
    const why = value === undefined ? undefined : setting.wrong?.(value);
    if (why !== undefined) {
      problems.push(`topic ${name} has ${setting.name}=${value} (${why}): set it to ${setting.value}`);
    }
  }
  if (await isUnreadable(client, name)) problems.push(`topic ${name}: grant Read on it`);
  return problems;
}

async function isUnreadable(client: Client, topic: string): Promise<boolean> {
  const place = { topic, partition: 0 };
  const read = async (): Promise<unknown> =>
    readPage(client, { ...place, from: await offsetOf(client, place, 'first'), maxBytes: 1, maxWaitMs: 1 });
  return (await read().catch(notAllowed)) === 'not_allowed';
}

/** `TOPIC_AUTHORIZATION_FAILED`, `CLUSTER_AUTHORIZATION_FAILED`. */
const NOT_ALLOWED: readonly number[] = [29, 31];

function notAllowed(error: unknown): 'not_allowed' {
  const isRefusal =
    error instanceof ClientError && error.trouble.kind === 'code' && NOT_ALLOWED.includes(error.trouble.code);
  if (!isRefusal) throw error;
  return 'not_allowed';
}
