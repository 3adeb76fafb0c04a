/** What only a leader can tell: whether we may write, and whether its records are ahead of this host's clock. */
import type { Check } from '@audit-relay/sink';
import { codeOf, wordsOf } from '../answer/codes.ts';
import type { Examination } from './examination.ts';

/** With which brokers refuse a batch without records, once they have found that we may write: `INVALID_RECORD`, `CORRUPT_MESSAGE`, `INVALID_REQUEST`. */
const NO_RECORDS: ReadonlySet<number> = new Set([87, 2, 42]);

/** Rights are looked at before the batch is, so a batch that nobody could store tells of them. */
export async function checkWriting({ admin, config, judge, ask }: Examination): Promise<Check> {
  const name = 'write';
  const tried = await ask(admin.tryToWrite());
  const code = 'answer' in tried ? tried.answer : undefined;
  if (code !== undefined && NO_RECORDS.has(code)) {
    return { name, verdict: 'ok', detail: 'the principal may write; nothing was written' };
  }
  if (code !== undefined && codeOf(code).meaning === 'blocked') {
    const detail = judge.trouble({ kind: 'code', code }).reason;
    return { name, verdict: 'fail', detail, fix: `grant Write on the topic ${config.topic} to the principal` };
  }
  const detail = `it cannot be known without writing (${code === undefined ? 'no answer' : wordsOf(code)})`;
  return { name, verdict: 'warn', detail, fix: 'the first event tells: see audit-relay status' };
}

/** Longest time by which a record may be ahead before a clock is doubted, in milliseconds. */
const AHEAD_MS = 300_000;

/** Kafka's protocol tells no time. Records of events are the only clock there is to compare with. */
export async function checkClock({ admin, context, ask }: Examination): Promise<Check> {
  const name = 'clock';
  const ahead = await ask(admin.hasRecordFrom(context.now() + AHEAD_MS));
  if ('trouble' in ahead) {
    return { name, verdict: 'ok', detail: 'brokers tell no time, and the topic’s records cannot be looked at' };
  }
  if (!ahead.answer) return { name, verdict: 'ok', detail: 'no record of the topic is ahead of it' };
  const detail = 'the topic has records from more than five minutes ahead of this host’s clock';
  const fix =
    'set the clock that is wrong (NTP): brokers refuse records that are too far ahead (message.timestamp.after.max.ms)';
  return { name, verdict: 'warn', detail, fix };
}
