/** What the journal's topics must be like: by it they are made, and by it they are judged at a start. */
import type { KafkaJournalConfig } from '../config.ts';
import { namesOf } from './names.ts';

export interface TopicPlan {
  readonly name: string;
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly name: string;
  /** As it is made. */
  readonly value: string;
  /** Undefined: it will do as it is found. */
  readonly wrong?: (found: string) => string | undefined;
}

export function plansOf(config: KafkaJournalConfig): readonly TopicPlan[] {
  const { entries, state, ids, lanes } = namesOf(config.topic_prefix);
  const always = settingsOfAll(config);
  return [
    { name: entries, settings: [...OF_ENTRIES, ...always] },
    ...[state, ids, lanes].map((name) => ({ name, settings: [...ofCompacted(config), ...always] })),
  ];
}

/** Copies that must have a record before it counts: two, where there are as many. */
function leastInSync({ replication_factor }: KafkaJournalConfig): number {
  return Math.min(2, replication_factor);
}

function settingsOfAll(config: KafkaJournalConfig): readonly Setting[] {
  const inSync = leastInSync(config);
  return [
    {
      name: 'min.insync.replicas',
      value: String(inSync),
      wrong: (found) =>
        Number(found) >= inSync ? undefined : `a yes may stand for ${found} copy, and it is lost with one disk`,
    },
    {
      name: 'max.message.bytes',
      value: String(config.max_message_bytes),
      wrong: (found) =>
        Number(found) >= config.max_message_bytes
          ? undefined
          : 'less than journal.max_message_bytes: a large event would wait for ever',
    },
    // By the time of a host's clock that is wrong a broker may refuse a record.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    {
      name: 'unclean.leader.election.enable',
      value: 'false',
      wrong: (found) => (found === 'false' ? undefined : 'a copy that lacks records may become the leader'),
    },
  ];
}

const exactly =
  (value: string, otherwise: string) =>
  (found: string): string | undefined =>
    found === value ? undefined : otherwise;

const AGE = 'entries would leave that no sink has';
const OF_ENTRIES: readonly Setting[] = [
  {
    name: 'cleanup.policy',
    value: 'delete',
    wrong: exactly('delete', 'compaction takes all entries but the last of a source'),
  },
  { name: 'retention.ms', value: '-1', wrong: exactly('-1', AGE) },
  { name: 'retention.bytes', value: '-1', wrong: exactly('-1', AGE) },
];
const MIB = 1 << 20;
const HOUR_MS = 3_600_000;

/** A partition is read whole by whoever takes it over: what is not compacted yet is read with it, and the newest segment never is. */
const SLOW = 'a take-over would read what was replaced long ago';
const ofCompacted = ({ max_message_bytes }: KafkaJournalConfig): readonly Setting[] => [
  {
    name: 'cleanup.policy',
    value: 'compact',
    wrong: exactly('compact', 'checkpoints and ids would leave by their age'),
  },
  // No batch may be larger than a segment.
  { name: 'segment.bytes', value: String(Math.max(32 * MIB, max_message_bytes)), wrong: atMost(64 * MIB) },
  { name: 'min.cleanable.dirty.ratio', value: '0.1', wrong: atMost(0.1) },
  { name: 'max.compaction.lag.ms', value: String(HOUR_MS), wrong: atMost(HOUR_MS) },
];

function atMost(most: number): (found: string) => string | undefined {
  return (found) => (Number(found) <= most ? undefined : SLOW);
}
