/** Readers of backfill that fail by a fault of ours: what becomes of the window, of the others, and of whoever ends it. */
import { expect, test } from 'vitest';
import type { Span } from '../../journal/checkpoint.ts';
import { Signal } from '../../signal.ts';
import type { ReadResult } from '../window/window-reader.ts';
import { Backfill, type BackfillParts } from './backfill.ts';

const HOUR = 3_600;

/** A feed of `hours` unread hours, and a reader that is told what becomes of each window. */
function feed(hours: number, read: (window: Span) => Promise<ReadResult>) {
  const unread = new Set(Array.from({ length: hours }, (_, hour) => hour * HOUR));
  const begun: number[] = [];
  const progress = new Signal();
  const known = (): object => ({
    startSeconds: 0,
    done: [
      ...Array.from({ length: hours }, (_, hour) => hour * HOUR)
        .filter((from) => !unread.has(from))
        .map((from) => ({ from, to: from + HOUR })),
      { from: hours * HOUR, to: hours * HOUR + 1 },
    ],
  });
  const parts = {
    provenance: { source: 'acme', feed: 'organization', dialect: 'audit_logs' },
    runtime: { sleep: () => Promise.resolve() },
    journal: {
      get known() {
        return known();
      },
    },
    health: { readAgain: () => undefined },
    progress,
    scheduler: { backfillLimit: 2, raised: new Signal() },
    reader: {
      read: async ({ window }: { readonly window: Span }) => {
        begun.push(window.from / HOUR);
        const result = await read(window);
        unread.delete(window.from);
        return result;
      },
    },
  };
  // The few members of a feed's parts that backfill uses.
  return { backfill: new Backfill(parts as unknown as BackfillParts), begun, unread, progress };
}

const READ = { kind: 'read', events: 1_500, walks: 1, serverSeconds: 0 } as ReadResult;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('a window whose reading fails by a fault of ours is gone round, and the fault is thrown once', async () => {
  const { backfill, begun, unread } = feed(20, async ({ from }) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (from === 0) throw new Error('a fault of ours');
    return READ;
  });
  const ending = new AbortController();
  const [look] = backfill.loops();
  const faults: unknown[] = [];
  const looking = (async () => {
    while (!ending.signal.aborted) await look?.once(ending.signal).catch((error: unknown) => faults.push(error));
  })();
  await settled();
  // All the others are read, each once; the first is tried again only when all behind it has been.
  expect(unread).toEqual(new Set([0]));
  expect(begun.filter((hour) => hour > 0)).toEqual(Array.from({ length: 19 }, (_, hour) => hour + 1));
  const tries = begun.filter((hour) => hour === 0).length;
  expect(faults.length).toBeLessThanOrEqual(tries);
  ending.abort(new Error('the end'));
  await looking;
});

test('as many windows are read at once as there may be requests, the oldest first', async () => {
  const { backfill, begun } = feed(6, () => new Promise<never>(() => undefined));
  const ending = new AbortController();
  const looking = backfill
    .loops()[0]
    ?.once(ending.signal)
    .catch(() => undefined);
  await settled();
  expect(begun).toEqual([0, 1]);
  ending.abort(new Error('the end'));
  await looking;
});

test('it has ended when all that was being read has', async () => {
  const finishes: (() => void)[] = [];
  const { backfill } = feed(3, () => new Promise((resolve) => finishes.push(() => resolve(READ))));
  const ending = new AbortController();
  const looking = backfill
    .loops()[0]
    ?.once(ending.signal)
    .catch(() => undefined);
  await settled();
  ending.abort(new Error('the end'));
  await looking;
  let hasEnded = false;
  const ended = backfill.ended().then(() => (hasEnded = true));
  const before: boolean[] = [];
  for (const finish of finishes) {
    await settled();
    before.push(hasEnded);
    finish();
  }
  await ended;
  expect(before).toEqual([false, false]);
});
