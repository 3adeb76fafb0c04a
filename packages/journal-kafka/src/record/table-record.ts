/**
 * A record of the state's or the ids' topic: the last value of one key of one table of one source, or of the partition's totals.
 *
 *   key    JSON: ["checkpoints","acme","organization"]; the table's name, then its key. ["totals"] is the partition's own
 *   value  CRC-32 of the key and of all that follows, in 4 bytes, little-endian; then JSON, of seen ids their bytes. None: it is taken away
 *
 * The checksum is ours because kafkajs does not look at the broker's.
 */
import { crc32 } from 'node:zlib';
import { type Key, RelayError } from '@audit-relay/core/journal';
import type { CommittedRecord } from '../client/committed.ts';
import type { JournalRecord } from '../client/rounds.ts';
import { KEPT_TABLES, type KeptTable, type Write } from '../table/source-store.ts';

const CHECK_BYTES = 4;

/** What every transaction writes of its partition: by `commits` an owner knows whether one of unknown outcome is in. */
export interface PartitionTotals {
  readonly version: 1;
  readonly commits: number;
  /** Ever written to the entries' topic. */
  readonly entries: number;
  readonly bytes: number;
}

export type TableRecord =
  | { readonly kind: 'totals'; readonly totals: PartitionTotals }
  | { readonly kind: 'write'; readonly source: string; readonly write: Write };

export function totalsRecord(totals: PartitionTotals): JournalRecord {
  return checked(['totals'], Buffer.from(JSON.stringify(totals)));
}

export function tableRecord(source: string, { table, key, value }: Write): JournalRecord {
  const parts = typeof key === 'string' ? [key] : key;
  // Of the one key of `meta`, whose table is a source's alone.
  const name = table === 'meta' ? [table, source, ...parts] : [table, ...parts];
  if (value === undefined) return { key: Buffer.from(JSON.stringify(name)), value: null };
  return checked(name, value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value)));
}

/** @throws RelayError `JOURNAL_DAMAGED` where it is not what was written, `JOURNAL_NEWER` where a newer version wrote it. */
export function readTableRecord({ offset, key, value }: CommittedRecord): TableRecord {
  const name = key === null ? undefined : parsed(key);
  if (key === null || !Array.isArray(name)) throw damaged(offset);
  const content = value === null ? undefined : contentOf(key, value);
  if (value !== null && content === undefined) throw damaged(offset);
  const [table, source, ...rest] = name as readonly (string | number)[];
  if (table === 'totals' && content !== undefined) return { kind: 'totals', totals: totalsOf(content, offset) };
  if (!isKept(table) || typeof source !== 'string') throw damaged(offset);
  return { kind: 'write', source, write: { table, key: keyOf(table, source, rest), value: valueIn(table, content) } };
}

function keyOf(table: KeptTable, source: string, rest: readonly (string | number)[]): Key {
  if (table === 'meta') return String(rest[0]);
  return rest.length === 0 ? source : [source, ...rest];
}

function valueIn(table: KeptTable, content: Buffer | undefined): unknown {
  if (content === undefined) return undefined;
  return table === 'seen' ? Uint8Array.from(content) : parsed(content);
}

function totalsOf(content: Buffer, offset: bigint): PartitionTotals {
  // The checksum vouches for it: this is what `totalsRecord` wrote.
  const totals = parsed(content) as { readonly version: number } & PartitionTotals;
  if (totals.version > 1) {
    throw new RelayError('JOURNAL_NEWER', 'a newer version wrote this journal: start that version or a later one');
  }
  if (!Number.isSafeInteger(totals.commits)) throw damaged(offset);
  return totals;
}

function isKept(table: unknown): table is KeptTable {
  return KEPT_TABLES.some((one) => one === table);
}

function checked(name: readonly (string | number)[], content: Buffer): JournalRecord {
  const key = Buffer.from(JSON.stringify(name));
  const check = Buffer.alloc(CHECK_BYTES);
  check.writeUInt32LE(crc32(content, crc32(key)));
  return { key, value: Buffer.concat([check, content]) };
}

/** Undefined: it is not what was written, or stands under another key. */
function contentOf(key: Buffer, value: Buffer): Buffer | undefined {
  if (value.length < CHECK_BYTES) return undefined;
  const content = value.subarray(CHECK_BYTES);
  return value.readUInt32LE() === crc32(content, crc32(key)) ? content : undefined;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function damaged(offset: bigint): RelayError {
  const fix =
    'nothing else may write to the journal’s topics; restore them from a copy, or begin a new journal under another topic_prefix';
  return new RelayError('JOURNAL_DAMAGED', `the record at offset ${offset} is not what was written: ${fix}`);
}
