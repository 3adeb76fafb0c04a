/** Whether the topic is there, with a leader and copies for each of its partitions. */
import type { Check } from '@audit-relay/sink';
import type { PartitionState } from '../client/port.ts';
import { count, type Examination } from './examination.ts';

interface Found {
  readonly found: readonly Check[];
  /** Undefined: there is no topic to look at. */
  readonly partitions?: readonly PartitionState[];
}

export async function checkTopic({ admin, config, judge, ask }: Examination): Promise<Found> {
  const topic = await ask(admin.topic());
  if ('trouble' in topic) return { found: [failed(judge.trouble(topic.trouble).reason)] };
  const partitions = topic.answer;
  if (partitions === undefined) return { found: [missing(config.topic, config.create_topic !== undefined)] };
  const there: Check = {
    name: 'topic',
    verdict: 'ok',
    detail: `${config.topic}, ${count(partitions.length, 'partition')}`,
  };
  return { found: [there, leadersOf(partitions)], partitions };
}

function failed(detail: string): Check {
  return { name: 'topic', verdict: 'fail', detail, fix: 'change topic, or the rights of the principal, as it says' };
}

function missing(topic: string, canBeMade: boolean): Check {
  const make = canBeMade ? 'run audit-relay setup' : 'make it, or set create_topic and run audit-relay setup';
  const detail = `there is no topic ${topic}, or the principal may not know of it (Describe)`;
  return { name: 'topic', verdict: 'fail', detail, fix: make };
}

function leadersOf(partitions: readonly PartitionState[]): Check {
  const name = 'partitions';
  const ids = (list: readonly PartitionState[]): string => list.map(({ id }) => id).join(', ');
  const leaderless = partitions.filter(({ leader }) => leader === undefined);
  if (leaderless.length > 0) {
    const detail = `no broker leads ${ids(leaderless)}`;
    return { name, verdict: 'fail', detail, fix: 'start the brokers that hold them: their records wait' };
  }
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas);
  if (behind.length > 0) {
    const detail = `copies of ${ids(behind)} are not in sync`;
    return { name, verdict: 'warn', detail, fix: 'see whether all brokers are up and have caught up' };
  }
  return { name, verdict: 'ok', detail: 'each has a leader and all its copies in sync' };
}
