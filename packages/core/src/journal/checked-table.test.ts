import { expect, test } from 'vitest';
import { CheckedTable, jsonCodec } from './checked-table.ts';
import type { RawTable } from './table.ts';

interface Value {
  readonly n: number;
}

/** A table of one value in memory that gives its bytes in the same memory each time, as LMDB may. */
function oneValue() {
  let held: Buffer | undefined;
  const given = Buffer.alloc(64);
  const reads = { decoded: 0 };
  const table: RawTable<string, Uint8Array> = {
    get: () => held && given.subarray(0, held.copy(given)),
    put: (_key, bytes) => (held = Buffer.from(bytes)),
    remove: () => (held = undefined),
    getKeys: () => [],
    getRange: () => [],
    getStats: () => ({}),
  };
  const codec = jsonCodec<Value>();
  const decode = (bytes: Uint8Array): Value => {
    reads.decoded += 1;
    return codec.decode(bytes);
  };
  const made = new CheckedTable<string, Value>({
    name: 'meta',
    keys: 'text',
    table,
    codec: { encode: codec.encode, decode },
    isOneValue: true,
    onDamage: () => undefined,
  });
  const damage = (): void => {
    if (held !== undefined) held[held.length - 2] = (held[held.length - 2] ?? 0) ^ 1;
  };
  return { table: made, reads, damage };
}

test('one value is decoded once while its bytes are the same, and anew when another process has written others', () => {
  const { table, reads } = oneValue();
  table.put('state', { n: 1 });
  expect([table.get('state'), table.get('state'), reads.decoded]).toEqual([{ n: 1 }, { n: 1 }, 1]);
  table.put('state', { n: 2 });
  expect([table.get('state'), reads.decoded]).toEqual([{ n: 2 }, 2]);
  table.put('state', { n: 1 });
  expect([table.get('state'), reads.decoded]).toEqual([{ n: 1 }, 3]);
});

test('a value that was read before and is damaged since is damage, and one that was taken away is gone', () => {
  const { table, damage } = oneValue();
  table.put('state', { n: 1 });
  table.get('state');
  damage();
  expect(() => table.get('state')).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
  table.put('state', { n: 3 });
  expect(table.get('state')).toEqual({ n: 3 });
  table.remove('state');
  expect(table.get('state')).toBe(undefined);
});
