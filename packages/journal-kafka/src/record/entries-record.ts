/**
 * A record of the entries' topic: one chunk of entries of one source, as the core encodes them, with what readers and bounds need
 * to know without inflating it.
 *
 *   key      the source's name
 *   value    the chunk, which carries its own checksum
 *   v        1
 *   first    number of its first entry in the partition, from 1: the entries of a partition are numbered without a gap
 *   count    how many entries it holds
 *   bytes    of all records of the partition up to and with this one, as they are sent
 *   received when its oldest entry was received, in milliseconds since the epoch
 */
import { RelayError } from '@audit-relay/core/journal';
import type { CommittedRecord } from '../client/committed.ts';
import { bytesOf, type JournalRecord } from '../client/rounds.ts';

const VERSION = 1;

/** How much has ever been written to a partition. */
export interface Totals {
  readonly entries: number;
  readonly bytes: number;
}

export const NOTHING: Totals = { entries: 0, bytes: 0 };

export interface EntriesRecord {
  readonly offset: bigint;
  readonly source: string;
  /** Number of its first entry in the partition. */
  readonly first: number;
  readonly count: number;
  /** Of all records of the partition up to and with this one. */
  readonly bytes: number;
  readonly receivedMs: number;
  readonly chunk: Buffer;
}

export interface NewChunk {
  readonly source: string;
  readonly count: number;
  readonly receivedMs: number;
  readonly chunk: Buffer;
}

/** The record behind `totals`, and the totals with it. */
export function entriesRecord(
  chunk: NewChunk,
  totals: Totals,
): { readonly record: JournalRecord; readonly totals: Totals } {
  const headers = (bytes: number): Record<string, string> => ({
    v: String(VERSION),
    first: String(totals.entries + 1),
    count: String(chunk.count),
    bytes: String(bytes),
    received: String(chunk.receivedMs),
  });
  const key = Buffer.from(chunk.source);
  // Its own length depends on it by a digit: counted with room for all.
  const own = bytesOf({ key, value: chunk.chunk, headers: headers(Number.MAX_SAFE_INTEGER) });
  const bytes = totals.bytes + own;
  const record = { key, value: chunk.chunk, headers: headers(bytes) };
  return { record, totals: { entries: totals.entries + chunk.count, bytes } };
}

/** @throws RelayError `JOURNAL_NEWER`, `JOURNAL_DAMAGED` where it is none of ours. */
export function readEntriesRecord({ offset, key, value, headers }: CommittedRecord): EntriesRecord {
  if (numberOf(headers, 'v') > VERSION) {
    throw new RelayError('JOURNAL_NEWER', 'a newer version wrote this journal: start that version or a later one');
  }
  if (key === null || value === null) throw strange(offset);
  const [first, count, bytes, receivedMs] = ['first', 'count', 'bytes', 'received'].map((name) =>
    numberOf(headers, name),
  );
  if (first === undefined || count === undefined || bytes === undefined || receivedMs === undefined)
    throw strange(offset);
  if (![first, count, bytes, receivedMs].every(Number.isSafeInteger)) throw strange(offset);
  return { offset, source: key.toString(), first, count, bytes, receivedMs, chunk: value };
}

/** Of all records of the partition before this one. */
export function bytesBefore({ source, first, count, bytes, receivedMs, chunk }: EntriesRecord): number {
  const numbers = { v: VERSION, first, count, bytes: Number.MAX_SAFE_INTEGER, received: receivedMs };
  const headers = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, String(number)]));
  return bytes - bytesOf({ key: Buffer.from(source), value: chunk, headers });
}

/** NaN: it says none. */
function numberOf(headers: CommittedRecord['headers'], name: string): number {
  const text = headers[name];
  return Buffer.isBuffer(text) ? Number(text.toString()) : Number.NaN;
}

function strange(offset: bigint): RelayError {
  const fix =
    'nothing else may write to the journal’s topics; restore them from a copy, or begin a new journal under another topic_prefix';
  return new RelayError('JOURNAL_DAMAGED', `the record at offset ${offset} of the entries is none of ours: ${fix}`);
}
