/** The records of one transaction: what several sources of a partition have written, and the partition's totals. */
import type { StoredMeta } from '@audit-relay/core/journal';
import type { JournalRecord, RecordsOf } from '../client/rounds.ts';
import { entriesRecord } from '../record/entries-record.ts';
import { type PartitionTotals, tableRecord, totalsRecord } from '../record/table-record.ts';
import type { Captured, Write } from '../table/source-store.ts';
import type { Names } from '../topics/names.ts';

export interface SourceWrites extends Captured {
  readonly source: string;
}

interface Target {
  readonly names: Names;
  readonly partition: number;
  /** Before it. */
  readonly totals: PartitionTotals;
}

export function recordsOf(
  all: readonly SourceWrites[],
  { names, partition, totals }: Target,
): { readonly records: readonly RecordsOf[]; readonly totals: PartitionTotals } {
  let { entries, bytes } = totals;
  const chunks: JournalRecord[] = [];
  for (const { source, chunks: written, writes } of all) {
    for (const [at, { key, value }] of written.entries()) {
      const count = (written[at + 1]?.key[0] ?? nextOf(writes)) - key[0];
      const chunk = { source, count, receivedMs: key[2], chunk: Buffer.from(value) };
      const made = entriesRecord(chunk, { entries, bytes });
      ({ entries, bytes } = made.totals);
      chunks.push(made.record);
    }
  }
  const now: PartitionTotals = { version: 1, commits: totals.commits + 1, entries, bytes };
  const written = (isOfIds: boolean): readonly JournalRecord[] =>
    all.flatMap(({ source, writes }) =>
      writes.filter(({ table }) => (table === 'seen') === isOfIds).map((write) => tableRecord(source, write)),
    );
  const parts = [
    { topic: names.entries, records: chunks },
    { topic: names.ids, records: written(true) },
    { topic: names.state, records: [...written(false), totalsRecord(now)] },
  ];
  return {
    records: parts.filter(({ records }) => records.length > 0).map((part) => ({ ...part, partition })),
    totals: now,
  };
}

/** What the source's next entry will be numbered: its chunks end there. */
function nextOf(writes: readonly Write[]): number {
  const state = writes.find(({ table }) => table === 'meta')?.value;
  // What the core writes of itself whenever it has written a chunk.
  return (state as StoredMeta | undefined)?.next ?? 0;
}
