/** `audit-relay setup`: makes the topic that `create_topic` describes, where there is none. */
import type { SetupCall, SetupStep } from '@audit-relay/sink';
import type { Judge } from '../answer/judge.ts';
import { type AdminPort, ClientError, type Trouble } from '../client/port.ts';
import type { KafkaConfig, TopicPlan } from '../config.ts';
import { ownSendMs, silenceMs } from '../limits.ts';
import { Overdue, within } from '../within.ts';
import { refusalOf } from './refusals.ts';

export interface SetupOptions {
  readonly admin: AdminPort;
  readonly config: KafkaConfig;
  readonly judge: Pick<Judge, 'trouble'>;
  readonly call: SetupCall;
}

/** `TOPIC_ALREADY_EXISTS`: somebody was faster. */
const EXISTS = 36;

/** One step, for the topic. Never rejects; ends the client. */
export async function setUp(options: SetupOptions): Promise<readonly SetupStep[]> {
  const { admin, config } = options;
  const name = `topic ${config.topic}`;
  try {
    return [{ name, ...(await settle(options)) }];
  } catch (error) {
    return [{ name, outcome: 'failed', ...refusalOf(troubleIn(error), options) }];
  } finally {
    admin.destroy();
  }
}

async function settle({ admin, config, call }: SetupOptions): Promise<Omit<SetupStep, 'name'>> {
  const silence = { silenceMs: silenceMs(config), heard: () => admin.heard() };
  const bounds = { limitMs: ownSendMs(config), silence, signal: call.signal };
  const ask = <T>(question: Promise<T>): Promise<T> => within(question, bounds);
  call.signal.throwIfAborted();
  await ask(admin.connect());
  const plan = config.create_topic;
  const partitions = await ask(admin.topic());
  if (partitions !== undefined) {
    if (plan === undefined) return { outcome: 'current', detail: 'it is there' };
    const settings = await ask(admin.settings()).catch(() => undefined);
    return standing(plan, { partitions: partitions.length, copies: partitions[0]?.replicas ?? 0, settings });
  }
  if (plan === undefined)
    return { outcome: 'left alone', detail: 'it is not there, and create_topic does not say how to make it' };
  try {
    await ask(admin.createTopic(plan, call.dryRun));
  } catch (error) {
    const isThere = error instanceof ClientError && error.trouble.kind === 'code' && error.trouble.code === EXISTS;
    if (!isThere) throw error;
    return { outcome: 'current', detail: 'it has just been made' };
  }
  return { outcome: 'created', detail: wordsOf(plan) };
}

interface Found {
  readonly partitions: number;
  readonly copies: number;
  /** Undefined: they may not be read. */
  readonly settings: ReadonlyMap<string, string> | undefined;
}

/** A topic bears no mark of whose it is, so one that is there is never changed. */
function standing(plan: TopicPlan, { partitions, copies, settings }: Found): Omit<SetupStep, 'name'> {
  const differences = [
    ...(partitions === plan.partitions ? [] : [`${partitions} partitions, not ${plan.partitions}`]),
    ...(copies === plan.replication_factor ? [] : [`${copies} copies, not ${plan.replication_factor}`]),
    ...Object.entries(plan.config).flatMap(([name, value]) => {
      const found = settings?.get(name);
      return settings === undefined || found === value ? [] : [`${name} ${found ?? 'unknown'}, not ${value}`];
    }),
  ];
  if (differences.length === 0) return { outcome: 'current', detail: wordsOf(plan) };
  return { outcome: 'left alone', detail: `it is there, with ${differences.join('; ')}` };
}

function wordsOf({ partitions, replication_factor, config }: TopicPlan): string {
  const settings = Object.entries(config).map(([name, value]) => `${name}=${value}`);
  return [`${partitions} partitions`, `${replication_factor} copies`, ...settings].join(', ');
}

function troubleIn(error: unknown): Trouble {
  if (error instanceof ClientError) return error.trouble;
  if (error instanceof Overdue) return { kind: 'overdue', sent: false };
  return { kind: 'client', name: 'it was stopped', sent: false };
}
