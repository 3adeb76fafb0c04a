/** What a partition's log holds: its first record and its last, found by a few small reads. */
import type { Client } from '../client/client.ts';
import { offsetOf, type PageRequest, readPage } from '../client/committed.ts';
import { type EntriesRecord, readEntriesRecord } from '../record/entries-record.ts';
import type { LogEnds } from './start.ts';

export interface FoundEnds {
  readonly ends: LogEnds;
  readonly last: EntriesRecord | undefined;
}

type At = Pick<PageRequest, 'topic' | 'partition'>;

/** Enough to see whether a record is there. */
const PEEK_BYTES = 1 << 16;
const PEEK_WAIT_MS = 20;
/** A transaction leaves a record and a marker as a rule. */
const FIRST_STEP = 4n;

/**
 * @param everGiven how many entries the partition was ever given, by its totals: asked where no record is left that says it. Absent: who
 *   asks does nothing with a log without a record.
 * @throws ClientError, RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`
 */
export async function endsOf(client: Client, at: At, everGiven?: () => Promise<number>): Promise<FoundEnds> {
  const found = await lookedAt(client, at);
  if (found.last !== undefined || everGiven === undefined) return found;
  const entries = await everGiven();
  const end = await offsetOf(client, at, 'end');
  const page = await readPage(client, { ...at, from: end, maxBytes: PEEK_BYTES, maxWaitMs: PEEK_WAIT_MS });
  // Their records were written before, but may not be shown yet.
  if (entries > 0 && page.lastStableOffset < end) {
    throw new Error(`a transaction of ${at.topic} ${at.partition} is under way`);
  }
  // Once more, now that they are known and shown: what is in them is here unless it has left.
  const again = await lookedAt(client, at);
  if (again.last !== undefined) return again;
  const next = entries + 1;
  return { ends: { ...again.ends, oldest: next, next }, last: undefined };
}

async function lookedAt(client: Client, at: At): Promise<FoundEnds> {
  const low = await offsetOf(client, at, 'first');
  const end = await offsetOf(client, at, 'end');
  const first = await recordFrom(client, at, low);
  const last = first && ((await lastOf(client, at, { low, end })) ?? first);
  if (first === undefined || last === undefined)
    return { ends: { low, oldest: 1, next: 1, end: low }, last: undefined };
  const next = last.first + last.count;
  return { ends: { low: first.offset, oldest: first.first, next, end: last.offset + 1n }, last };
}

/** The first committed record at `from` or later. Undefined: none is there. */
export async function recordFrom(client: Client, at: At, from: bigint): Promise<EntriesRecord | undefined> {
  for (let next = from; ; ) {
    const page = await readPage(client, { ...at, from: next, maxBytes: PEEK_BYTES, maxWaitMs: PEEK_WAIT_MS });
    const [record] = page.records;
    if (record !== undefined) return readEntriesRecord(record);
    if (page.next <= next || page.next >= page.lastStableOffset) return undefined;
    next = page.next;
  }
}

/** Ever further back from the end, until something is there. */
async function lastOf(
  client: Client,
  at: At,
  { low, end }: { readonly low: bigint; readonly end: bigint },
): Promise<EntriesRecord | undefined> {
  for (let step = FIRST_STEP; ; step *= 4n) {
    const from = end - step < low ? low : end - step;
    let last: EntriesRecord | undefined;
    for (let next = from; next < end; ) {
      const page = await readPage(client, { ...at, from: next, maxBytes: PEEK_BYTES, maxWaitMs: PEEK_WAIT_MS });
      const record = page.records.at(-1);
      if (record !== undefined) last = readEntriesRecord(record);
      if (page.next <= next || page.next >= page.lastStableOffset) break;
      next = page.next;
    }
    if (last !== undefined || from === low) return last;
  }
}
