/** That the room which is found is enough: LMDB never makes its file longer by itself, whatever a transaction changes. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from '../journal/store.ts';

const STEP_BYTES = 256 * 2 ** 10;

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-'));
  store = openStore({ path: folder, mode: 'write' });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const bytes = (): number => statSync(join(folder, 'data.mdb')).size;

/** Numbers of a small generator, below `below`. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** Of every kind that a journal has: large values in order, small ones anywhere, and what is taken away. */
const changes: readonly ((drawn: (below: number) => number, number: number) => void)[] = [
  (drawn, number) => store.chunks.put([number, number, 0], new Uint8Array(drawn(60_000))),
  (drawn) => store.chunks.remove([drawn(3_000), drawn(3_000), 0]),
  (drawn, number) => store.seen.put(['acme', drawn(500), number], new Uint8Array(drawn(2_500))),
  (drawn, number) => store.deadLetterIds.put(['siem', String(drawn(2 ** 31))], number),
  (drawn, number) => store.deadLetterIds.put(['lake', String(drawn(2_000))], number),
  (drawn) => store.deadLetterIds.remove(['lake', String(drawn(2_000))]),
  (drawn) => store.malformedRecords.put(['acme', String(drawn(2 ** 31))], { droppedMs: drawn(10) }),
];

test.each([1, 2, 3])('seed %i: the file is only ever as long as it was made beforehand', (seed) => {
  const drawn = draws(seed);
  let number = 0;
  for (let transaction = 0; transaction < 60; transaction += 1) {
    const count = [1, 20, 2_000][drawn(3)] ?? 1;
    const change = changes[drawn(changes.length)];
    store.transaction(() => {
      for (let n = 0; n < count; n += 1) change?.(drawn, number + n);
    });
    number += count;
    // It is made longer by whole steps: what LMDB adds is pages.
    expect(bytes() % STEP_BYTES).toBe(0);
  }
  expect(bytes()).toBeGreaterThan(STEP_BYTES);
});

test('a transaction for which there is no room is undone, and says so by the name of the system', async () => {
  await store.close();
  const write = openStore({ path: folder, mode: 'write' });
  store = write;
  // The descriptor that it writes by is opened for each failure anew.
  rmSync(join(folder, 'data.mdb'));
  const attempt = (): void =>
    write.transaction(() => {
      write.deadLetterIds.put(['siem', 'a'], 1);
    });
  expect(attempt).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(write.deadLetterIds.get(['siem', 'a'])).toBe(undefined);
});
