/** An event that comes again with another time is the same event: it is journaled once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { type Fresh, SeenIds } from './seen-ids.ts';
import { openStore, type Store } from './store.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changed-time-'));
  store = openStore({ path: folder, mode: 'write' });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `timeMs` undefined: the record has none, and that of receipt stands in. */
function entry(id: string, timeMs: number | undefined, receivedMs = NOON): Entry {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const time = timeMs === undefined ? { timeMs: receivedMs, timeGuessed: true as const } : { timeMs };
  return { id, type: 't', ...time, receivedMs, ...origin, raw: '{}' };
}

let commits = 0;
function commit(seen: SeenIds, entries: readonly Entry[]): readonly string[] {
  let fresh: Fresh | undefined;
  store.transaction(() => {
    fresh = seen.fresh('acme', entries);
    seen.remember('acme', ++commits, fresh);
  });
  return fresh?.entries.map(({ id }) => id) ?? [];
}

const ids = Array.from({ length: 10 }, (_, n) => `e${n}`);

describe.each([
  { when: 'in one life', between: (seen: SeenIds) => seen },
  { when: 'after a restart', between: () => new SeenIds(store) },
  {
    when: 'after a transaction was undone',
    between: (seen: SeenIds) => {
      seen.drop();
      return seen;
    },
  },
])('$when', ({ between }) => {
  test.for<{ name: string; before: number | undefined; after: number | undefined; receivedMs?: number }>([
    { name: 'across the border of an hour', before: NOON - 1000, after: NOON },
    { name: 'back across it', before: NOON, after: NOON - 1000 },
    { name: 'by a day', before: NOON, after: NOON + 24 * HOUR_MS },
    { name: 'by years', before: NOON, after: NOON - 70_000 * HOUR_MS },
    { name: 'from none to one', before: undefined, after: NOON - 3 * HOUR_MS },
    { name: 'from one to none', before: NOON - 30 * HOUR_MS, after: undefined },
    {
      name: 'from none to none, received hours later',
      before: undefined,
      after: undefined,
      receivedMs: NOON + 9 * HOUR_MS,
    },
    { name: 'not at all', before: NOON, after: NOON },
  ])('a time that changes $name makes no other event', ({ before, after, receivedMs }) => {
    const seen = new SeenIds(store);
    expect(
      commit(
        seen,
        ids.map((id) => entry(id, before)),
      ),
    ).toEqual(ids);
    const again = between(seen);
    expect(
      commit(
        again,
        [...ids, 'new'].map((id) => entry(id, after, receivedMs)),
      ),
    ).toEqual(['new']);
    expect(
      commit(
        again,
        ids.map((id) => entry(id, before)),
      ),
    ).toEqual([]);
  });
});

test('whatever is known is known in every hour, and what is forgotten is not', () => {
  const step = fc.record({
    id: fc.nat(40),
    hour: fc.nat(12),
    isTimed: fc.boolean(),
    forgetTo: fc.option(fc.nat(12), { nil: undefined }),
  });
  let source = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      source += 1;
      const name = `s${source}`;
      const seen = new SeenIds(store, { bytes: 2048 });
      const model = new Map<string, number>();
      for (const { id: number, hour, isTimed, forgetTo } of steps) {
        const id = `${name}-${number}`;
        const ms = hour * HOUR_MS + 5;
        store.transaction(() => {
          const fresh = seen.fresh(name, [entry(id, isTimed ? ms : undefined, ms)]);
          seen.remember(name, ++commits, fresh);
          expect(fresh.entries).toHaveLength(model.has(id) ? 0 : 1);
          if (!model.has(id)) model.set(id, hour);
          if (forgetTo !== undefined) seen.forget(name, forgetTo * 3600);
        });
        for (const [known, at] of model) if (forgetTo !== undefined && at < forgetTo) model.delete(known);
      }
    }),
    { numRuns: 60 },
  );
});

test('of more ids than it has room for, those of the newest hours are known in all of these, the rest in their own', () => {
  const seen = new SeenIds(store, { slots: 1024 });
  const many = Array.from({ length: 40 }, (_, hour) =>
    Array.from({ length: 50 }, (__, n) => entry(`h${hour}-${n}`, NOON + hour * HOUR_MS)),
  );
  for (const hour of many) commit(seen, hour);
  const first = many[0]?.[0];
  const last = many.at(-1)?.[0];
  if (first === undefined || last === undefined) throw new Error('none');
  expect(commit(seen, many.flat())).toEqual([]);
  expect(commit(seen, [{ ...last, timeMs: last.timeMs - 2 * HOUR_MS }])).toEqual([]);
  expect(commit(new SeenIds(store, { slots: 1024 }), [{ ...last, timeMs: last.timeMs - 2 * HOUR_MS }])).toEqual([]);
  // What it costs, and the documents say.
  expect(commit(seen, [{ ...first, timeMs: first.timeMs + 2 * HOUR_MS }])).toEqual([first.id]);
});
