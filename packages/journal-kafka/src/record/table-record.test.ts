/** Records of the state and the ids come back as they were written, and as nothing else. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../client/rounds.ts';
import type { Write } from '../table/source-store.ts';
import { readTableRecord, tableRecord, totalsRecord } from './table-record.ts';

const committed = ({ key, value }: JournalRecord) => ({ offset: 9n, key, value, headers: {} });

describe('as it was written comes back', () => {
  test.each<{ name: string; write: Write }>([
    {
      name: 'a checkpoint',
      write: { table: 'checkpoints', key: ['acme', 'tenant'], value: { done: [{ from: 1, to: 2 }] } },
    },
    { name: 'a binding', write: { table: 'bindings', key: 'acme', value: { key: 'k' } } },
    { name: 'the state of a source', write: { table: 'meta', key: 'state', value: { next: 3 } } },
    { name: 'ids', write: { table: 'seen', key: ['acme', -5, 7], value: Uint8Array.from([1, 0, 255]) } },
    { name: 'what is taken away', write: { table: 'seen', key: ['acme', 2 ** 40 + 3, 7], value: undefined } },
  ])('$name', ({ write }) => {
    expect(readTableRecord(committed(tableRecord('acme', write)))).toEqual({ kind: 'write', source: 'acme', write });
  });

  test('the totals of a partition', () => {
    const totals = { version: 1, commits: 4, entries: 5, bytes: 6 } as const;
    expect(readTableRecord(committed(totalsRecord(totals)))).toEqual({ kind: 'totals', totals });
  });
});

describe('refused is', () => {
  const record = tableRecord('acme', { table: 'checkpoints', key: ['acme', 'tenant'], value: { done: [] } });
  const other = tableRecord('acme', { table: 'checkpoints', key: ['acme', 'organization'], value: { done: [] } });

  test('any byte that is another', () => {
    const { key, value } = committed(record);
    const places = fc.record({ at: fc.nat((value?.length ?? 1) - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(places, ({ at, bit }) => {
        const changed = Buffer.from(value ?? []);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(() => readTableRecord(committed({ key, value: changed }))).toThrow(/is not what was written/);
      }),
    );
  });

  test.each<{ name: string; record: JournalRecord; code: string }>([
    { name: 'a value under another key', record: { key: other.key, value: record.value }, code: 'JOURNAL_DAMAGED' },
    { name: 'a record without a key', record: { key: null, value: record.value }, code: 'JOURNAL_DAMAGED' },
    { name: 'a stranger’s', record: { key: Buffer.from('x'), value: Buffer.from('y') }, code: 'JOURNAL_DAMAGED' },
    {
      name: 'what a newer version wrote',
      record: totalsRecord({ version: 2, commits: 1, entries: 0, bytes: 0 } as never),
      code: 'JOURNAL_NEWER',
    },
  ])('$name', ({ record: found, code }) => {
    expect(() => readTableRecord(committed(found))).toThrow(expect.objectContaining({ code }));
  });
});
