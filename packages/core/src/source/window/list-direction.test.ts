/** A page that lies out of the window may say that the list has left it, but not on the side that it came from. */
import { expect, test } from 'vitest';
import type { PageAnswer } from '../api/answer.ts';
import { PageLimit } from '../api/page-limit.ts';
import { Paging } from './paging.ts';
import { itemOf } from './record.ts';
import { walk } from './walk.ts';

const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;

/** A page of events at these seconds, `NaN` for none; all that are full say that no more comes. */
function pageOf(seconds: readonly number[], n: number): PageAnswer {
  const records = seconds.map((second, index) => {
    const value = { id: `e${n}-${index}`, effective_at: Number.isNaN(second) ? null : second };
    return { raw: JSON.stringify(value), value };
  });
  return { kind: 'page', page: { records, hasMore: false, cursor: `c${n}` }, serverSeconds: 100, receivedMs: 0 };
}

test.for<{ name: string; first: readonly number[]; beyond: readonly number[]; kind: 'drained' | 'larger' }>([
  { name: 'a list that rises ends behind the window', first: [5, 6], beyond: [10, 11], kind: 'drained' },
  { name: 'one that falls ends before it', first: [9, 8], beyond: [4, 3], kind: 'drained' },
  { name: 'one that rises does not end before it', first: [5, 6], beyond: [1, 2], kind: 'larger' },
  { name: 'one that falls does not end behind it', first: [9, 8], beyond: [20, 19], kind: 'larger' },
  { name: 'nor where only some of it lies there', first: [9, 8], beyond: [4, 19], kind: 'larger' },
  { name: 'of events of one time nobody knows which way it goes', first: [7, 7], beyond: [20, 19], kind: 'drained' },
  {
    name: 'one of which nothing lies in the window has not been there',
    first: [1, Number.NaN],
    beyond: [2, 3],
    kind: 'larger',
  },
])('$name', async ({ first, beyond, kind }) => {
  const answers = [pageOf(first, 0), pageOf(beyond, 1)];
  const walked = await walk({
    window: { from: 5, to: 10 },
    paging: new Paging(() => undefined),
    limit: new PageLimit(2),
    onUnfit: () => undefined,
    ask: async () => answers.shift(),
    itemsOf: ({ page }) => page.records.map((record) => itemOf(record, provenance, { receivedMs: 0 })),
    onFalseEnd: () => undefined,
    onAvoided: () => undefined,
  });
  expect(walked.kind).toBe(kind);
});
