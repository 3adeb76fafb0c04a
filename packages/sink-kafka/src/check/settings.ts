/** What the topic's settings mean for our records: how many copies a yes stands for, how large and how old a record may be. */
import type { Check } from '@audit-relay/sink';
import type { PartitionState } from '../client/port.ts';
import type { RecordKey } from '../config.ts';
import type { Examination } from './examination.ts';

const DAY_MS = 86_400_000;
/** Below it what is read late, or anew, would leave before anybody has seen it. */
const SHORT_MS = 7 * DAY_MS;

type Settings = ReadonlyMap<string, string>;

export async function checkSettings(
  { admin, config, ask }: Examination,
  partitions: readonly PartitionState[],
): Promise<readonly Check[]> {
  const asked = await ask(admin.settings());
  const copies = Math.min(...partitions.map(({ replicas }) => replicas));
  if ('trouble' in asked) {
    const fix = 'grant DescribeConfigs on the topic, or look at min.insync.replicas and max.message.bytes yourself';
    return [{ name: 'settings', verdict: 'warn', detail: 'they cannot be read', fix }];
  }
  const settings = asked.answer;
  return [
    copiesOf(settings, copies),
    sizeOf(settings, config.max_message_bytes),
    ageOf(settings),
    retentionOf(settings),
    ...compactionOf(settings, config.key),
  ];
}

function copiesOf(settings: Settings, copies: number): Check {
  const name = 'min.insync.replicas';
  const least = numberOf(settings, name) ?? 1;
  const detail = `a yes stands for ${least} of ${copies} copies`;
  if (least > copies) {
    return { name, verdict: 'fail', detail, fix: 'set it to less than the number of copies: nothing can be written' };
  }
  if (least >= 2) return { name, verdict: 'ok', detail };
  const fix = 'three copies and min.insync.replicas: 2, so that the loss of one broker loses nothing';
  return { name, verdict: 'warn', detail, fix };
}

function sizeOf(settings: Settings, configured: number): Check {
  const name = 'max.message.bytes';
  const most = numberOf(settings, name);
  if (most === undefined || most >= configured) {
    return { name, verdict: 'ok', detail: `${most ?? 'not told'}, and max_message_bytes keeps below it` };
  }
  const detail = `${most}, and max_message_bytes is ${configured}: batches may be refused and halved`;
  return { name, verdict: 'warn', detail, fix: `set max_message_bytes to ${most} bytes or less` };
}

function ageOf(settings: Settings): Check {
  const name = 'message.timestamp';
  if (settings.get('message.timestamp.type') === 'LogAppendTime') {
    return { name, verdict: 'ok', detail: 'the broker gives each record the time of its arrival' };
  }
  const before = spanOf(settings, 'message.timestamp.before.max.ms');
  const after = spanOf(settings, 'message.timestamp.after.max.ms');
  const limits = [
    before === undefined ? [] : [`${words(before)} back`],
    after === undefined ? [] : [`${words(after)} ahead`],
  ];
  const told = limits.flat().join(', ');
  const detail =
    told === ''
      ? 'the event’s own time, whatever it is'
      : `the event’s own time up to ${told}; else the time of sending`;
  if (before === undefined || before >= SHORT_MS) return { name, verdict: 'ok', detail };
  const fix = 'raise message.timestamp.before.max.ms, if the record’s time matters to those who read older events';
  return { name, verdict: 'warn', detail, fix };
}

/** Kafka counts a record's age from its time, which is its event's: what is older leaves with the next look at the log. */
function retentionOf(settings: Settings): Check {
  const name = 'retention.ms';
  const kept = spanOf(settings, name);
  const isByDelete = (settings.get('cleanup.policy') ?? 'delete').includes('delete');
  if (kept === undefined || !isByDelete) return { name, verdict: 'ok', detail: 'records stay' };
  if (settings.get('message.timestamp.type') === 'LogAppendTime') {
    return { name, verdict: 'ok', detail: `${words(kept)} from their arrival` };
  }
  const detail = `${words(kept)} from the event’s own time: older events leave soon after they arrive`;
  if (kept >= SHORT_MS) return { name, verdict: 'ok', detail };
  return { name, verdict: 'warn', detail, fix: 'raise retention.ms, or set message.timestamp.type to LogAppendTime' };
}

/** Compaction keeps the last record of each key: harmless where the key is the event's own id, a loss of events where it is not. */
function compactionOf(settings: Settings, key: RecordKey): readonly Check[] {
  const name = 'cleanup.policy';
  const policy = settings.get(name) ?? 'delete';
  if (!policy.includes('compact')) return [];
  if (key === 'event.id') return [{ name, verdict: 'ok', detail: `${policy}: of each event the last copy stays` }];
  const detail =
    key === 'none'
      ? `${policy}, which takes no record without a key`
      : `${policy}, which keeps the last event of each ${key} and takes none without`;
  return [{ name, verdict: 'fail', detail, fix: 'set key: event.id, or cleanup.policy to delete' }];
}

function numberOf(settings: Settings, name: string): number | undefined {
  const text = settings.get(name);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Milliseconds; undefined where there is no end to them. */
function spanOf(settings: Settings, name: string): number | undefined {
  const value = numberOf(settings, name);
  return value === undefined || value < 0 || value > Number.MAX_SAFE_INTEGER ? undefined : value;
}

function words(ms: number): string {
  if (ms >= DAY_MS) return `${Math.round(ms / DAY_MS)} d`;
  return ms >= 3_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 1_000)} s`;
}
