/** One walk: what its pages must bring, and which answer's time counts. */
import { describe, expect, test } from 'vitest';
import type { Span } from '../journal/checkpoint.ts';
import type { PageAnswer } from './answer.ts';
import { otherSide, Paging } from './paging.ts';
import type { PageCursor } from './query.ts';
import { type Item, itemOf } from './record.ts';
import { type Walk, type WalkOptions, walk } from './walk.ts';

interface Told {
  readonly ids: readonly string[];
  readonly cursor: string;
  /** Of each record's text; default: a few. */
  readonly characters?: number;
}

interface Asked {
  readonly window?: Span;
  /** What stands before the last event of a page; default: what stands there with a server that is as documented. */
  readonly before?: readonly string[];
  readonly paging?: Paging;
  readonly spill?: WalkOptions['spill'];
}

/** Pages as told, one second of server time apart; all have more to come but the last. */
function walkOf(pages: readonly Told[], asked: Asked = {}): Promise<Walk> {
  const { window = { from: 5, to: 6 }, before = pages[0]?.ids ?? [] } = asked;
  const answerOf = ({ ids, cursor, characters = 0 }: Told, n: number, hasMore: boolean): PageAnswer => {
    const records = ids.map((id) => ({ raw: `{"id":"${id}"}`.padEnd(characters), value: { id, effective_at: 5 } }));
    return { kind: 'page', page: { records, hasMore, cursor }, serverSeconds: 100 + n, receivedMs: 0 };
  };
  const answers = pages.map((told, n) => answerOf(told, n, n < pages.length - 1));
  const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const itemsOf = ({ page }: PageAnswer): readonly Item[] =>
    page.records.map((record) => itemOf(record, provenance, { receivedMs: 0 }));
  return walk({
    window,
    paging: asked.paging ?? new Paging(() => undefined),
    ask: async (cursor) =>
      cursor?.side === 'before' ? answerOf({ ids: before, cursor: 'x' }, 0, false) : answers.shift(),
    itemsOf,
    onFalseEnd: () => undefined,
    spill: asked.spill ?? (async () => undefined),
  });
}

test('the time of a walk is that of its first answer', async () => {
  const walked = await walkOf([
    { ids: ['a'], cursor: 'a' },
    { ids: ['b'], cursor: 'b' },
  ]);
  expect(walked).toMatchObject({ kind: 'drained', serverSeconds: 100, pages: 2 });
});

test.for([
  { name: 'known ids under a new cursor', second: { ids: ['a'], cursor: 'x' } },
  { name: 'new ids under a known cursor', second: { ids: ['b'], cursor: 'a' } },
])('$name are a loop', async ({ second }) => {
  const walked = await walkOf([{ ids: ['a'], cursor: 'a' }, second, { ids: ['c'], cursor: 'c' }]);
  expect(walked).toMatchObject({ kind: 'failed', snag: { code: 'CURSOR_LOOP' } });
});

test('a window of several seconds whose pages loop is halved: one page needs no cursor', async () => {
  const pages = ['a', 'a', 'b'].map((id) => ({ ids: [id], cursor: id }));
  expect(await walkOf(pages, { window: { from: 5, to: 7 } })).toMatchObject({ kind: 'larger' });
});

test('a last page that holds known events only is the end', async () => {
  const pages = ['a', 'b', 'a'].map((id, n) => ({ ids: [id], cursor: `${id}${n}` }));
  const walked = await walkOf(pages);
  expect(walked.kind === 'drained' && walked.items).toHaveLength(2);
});

test('an event that two pages show is taken once', async () => {
  const walked = await walkOf([
    { ids: ['a', 'b'], cursor: 'b' },
    { ids: ['b', 'c'], cursor: 'c' },
  ]);
  expect(walked.kind === 'drained' && walked.items).toHaveLength(3);
});

test.for([
  { name: 'a window of several seconds is halved', window: { from: 5, to: 7 }, kind: 'larger' },
  { name: 'a single second is walked to its end', window: { from: 5, to: 6 }, kind: 'drained' },
])('when the texts are too many for memory $name', async ({ window, kind }) => {
  const pages = ['a', 'b', 'c'].map((id) => ({ ids: [id], cursor: id, characters: 17 * 2 ** 20 }));
  expect(await walkOf(pages, { window })).toMatchObject({ kind });
});

describe('which of after and before leads on', () => {
  const onFalseEnd = (): void => undefined;
  const listed = ['d', 'c', 'b', 'a'];

  function itemsIn({ page }: PageAnswer): readonly Item[] {
    const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
    return page.records.map((record) => itemOf(record, provenance, { receivedMs: 0 }));
  }

  function pageOf(ids: readonly string[], hasMore: boolean): PageAnswer {
    const records = ids.map((id) => ({ raw: `{"id":"${id}"}`, value: { id, effective_at: 5 } }));
    return { kind: 'page', page: { records, hasMore, cursor: ids.at(-1) }, serverSeconds: 100, receivedMs: 0 };
  }

  test('a walk that another one overtakes with the answer does not take its first page for all', async () => {
    const paging = new Paging(() => undefined);
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer> => {
      if (cursor === undefined) return pageOf(listed.slice(0, 2), true);
      const place = listed.indexOf(cursor.id);
      if (cursor.side === 'before') return pageOf(listed.slice(place + 1), false);
      // Meanwhile another walk has found out.
      paging.lead('before');
      return pageOf(listed.slice(0, place), false);
    };
    const walked = await walk({ window: { from: 5, to: 6 }, paging, onFalseEnd, ask, itemsOf: itemsIn });
    expect(walked.kind).toBe('failed');
  });

  test('a cursor that the API has forgotten is not the end of the list', async () => {
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer> =>
      cursor === undefined ? pageOf(['d', 'c'], true) : pageOf([], false);
    const paging = new Paging(() => undefined);
    const walked = await walk({ window: { from: 5, to: 9 }, paging, onFalseEnd, ask, itemsOf: itemsIn });
    expect(walked.kind).toBe('larger');
  });

  test('an event that comes in meanwhile does not hide that a page led back', async () => {
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer> => {
      if (cursor === undefined) return pageOf(['d', 'c'], true);
      return cursor.side === 'after' ? pageOf(['new', 'd'], false) : pageOf(['b', 'a'], false);
    };
    const paging = new Paging(() => undefined);
    expect((await walk({ window: { from: 5, to: 6 }, paging, onFalseEnd, ask, itemsOf: itemsIn })).kind).toBe('failed');
    expect(paging.side).toBe('before');
  });

  test('a server that changes its mind again and again is taken for broken', async () => {
    const paging = new Paging(() => undefined);
    for (const side of ['before', 'after', 'before'] as const) paging.lead(side);
    expect(paging.mayProbe).toBe(false);
  });
});

describe('the end of a list', () => {
  interface Ways {
    /** How many events the window holds. */
    readonly count: number;
    /** What a page says of those behind it, where it is not the truth. */
    readonly says?: (page: { readonly length: number; readonly isLast: boolean }) => boolean;
    /** The server takes `after` and `before` the other way round. */
    readonly swapped?: boolean;
    /** Numbers of the questions whose cursor is not known at that moment. */
    readonly forgets?: readonly number[];
    /** The server takes no cursor at all, only `after`, or names none. */
    readonly cursors?: 'refused' | 'after' | 'absent';
    /** How often it has changed its mind about `after` and `before`. */
    readonly swaps?: number;
    /** The window is one second. */
    readonly isSingle?: boolean;
  }

  /** A walk through a list of `count` events, and what was noticed on the way. */
  async function walkThrough(ways: Ways): Promise<Walk & { questions: number; falseEnds: number; side: string }> {
    const listed = Array.from({ length: ways.count }, (_, n) => `e${n}`);
    const paging = new Paging(() => undefined);
    for (let swap = 0; swap < (ways.swaps ?? 0); swap += 1) paging.lead(otherSide(paging.side));
    let [questions, falseEnds] = [0, 0];
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer | 'lost'> => {
      questions += 1;
      const isRefused = ways.cursors === 'refused' || (ways.cursors === 'after' && cursor?.side === 'before');
      if (cursor !== undefined && isRefused) return 'lost';
      const isForgotten = cursor !== undefined && ways.forgets?.includes(questions) === true;
      const place = cursor === undefined ? -1 : listed.indexOf(cursor.id);
      const isOnward = cursor === undefined || (cursor.side === 'after') !== (ways.swapped === true);
      const side = isOnward ? listed.slice(place + 1) : listed.slice(0, place).toReversed();
      const part = isForgotten ? [] : side.slice(0, 100);
      const isLast = isForgotten || side.length <= 100;
      const ids = isOnward ? part : part.toReversed();
      const records = ids.map((id) => ({ raw: `{"id":"${id}"}`, value: { id, effective_at: 5 } }));
      const hasMore = ways.says?.({ length: ids.length, isLast }) ?? !isLast;
      const last = ways.cursors === 'absent' ? undefined : ids.at(-1);
      return { kind: 'page', page: { records, hasMore, cursor: last }, serverSeconds: 100, receivedMs: 0 };
    };
    const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
    const walked = await walk({
      window: { from: 5, to: ways.isSingle === true ? 6 : 9 },
      paging,
      ask,
      onFalseEnd: () => {
        falseEnds += 1;
      },
      itemsOf: ({ page }) => page.records.map((record) => itemOf(record, provenance, { receivedMs: 0 })),
      spill: async () => undefined,
    });
    return { ...walked, questions, falseEnds, side: paging.side };
  }

  const never = (): boolean => false;
  const whenFull = ({ length }: { readonly length: number }): boolean => length === 100;
  const unlessEmpty = ({ length }: { readonly length: number }): boolean => length > 0;

  test.for<{
    name: string;
    ways: Ways;
    found: number | 'larger' | 'again';
    questions: number;
    falseEnds?: number;
    side?: string;
  }>([
    { name: 'a short page is believed', ways: { count: 42 }, found: 42, questions: 1 },
    { name: 'behind a full page it is asked', ways: { count: 100 }, found: 100, questions: 3 },
    { name: 'a short page behind a full one is believed', ways: { count: 250 }, found: 250, questions: 3 },
    { name: 'a false end is seen', ways: { count: 250, says: never }, found: 250, questions: 3, falseEnds: 2 },
    {
      name: 'a false end before a true one',
      ways: { count: 200, says: never },
      found: 200,
      questions: 4,
      falseEnds: 1,
    },
    { name: 'a short page that promised too much', ways: { count: 42, says: unlessEmpty }, found: 42, questions: 3 },
    {
      name: 'a full page that promised too much is looked at in halves',
      ways: { count: 100, says: whenFull },
      found: 'larger',
      questions: 3,
    },
    {
      name: 'a full page of a single second that promised too much is asked once more',
      ways: { count: 100, says: whenFull, isSingle: true },
      found: 100,
      questions: 4,
    },
    {
      name: 'a cursor that is forgotten and handed out again to another walk, in a single second',
      ways: { count: 250, forgets: [2], isSingle: true },
      found: 250,
      questions: 5,
    },
    {
      name: 'a cursor that is forgotten and handed out again to another walk',
      ways: { count: 250, forgets: [2] },
      found: 'larger',
      questions: 3,
    },
    { name: 'a cursor that stays forgotten', ways: { count: 250, forgets: [2, 3, 4] }, found: 'larger', questions: 3 },
    {
      name: 'a cursor that stays forgotten, behind a page that lied about the end',
      ways: { count: 250, says: never, forgets: [2, 3, 4] },
      found: 'larger',
      questions: 3,
    },
    { name: 'a true end that names no cursor', ways: { count: 100, cursors: 'absent' }, found: 100, questions: 1 },
    { name: 'a true end whose cursor is refused', ways: { count: 100, cursors: 'refused' }, found: 100, questions: 4 },
    {
      name: 'a true end, of a server without before',
      ways: { count: 100, cursors: 'after' },
      found: 100,
      questions: 5,
    },
    {
      name: 'a true end, of a server that has changed its mind too often',
      ways: { count: 100, swaps: 4, isSingle: true },
      found: 100,
      questions: 2,
    },
    {
      name: 'the other way round, a full page that promised too much',
      ways: { count: 100, swapped: true, says: whenFull },
      found: 'larger',
      questions: 3,
    },
    { name: 'the other way round, a true end', ways: { count: 100, swapped: true }, found: 100, questions: 3 },
    {
      name: 'the other way round, a false end',
      ways: { count: 250, swapped: true, says: never },
      found: 'again',
      questions: 3,
      side: 'before',
    },
  ])('$name', async ({ ways, found, questions, falseEnds = 0, side = 'after' }) => {
    const walked = await walkThrough(ways);
    const kinds = { drained: walked.kind === 'drained' ? walked.items.length : 0, larger: 'larger', failed: 'again' };
    expect(kinds[walked.kind]).toBe(found);
    expect(walked).toMatchObject({ questions, falseEnds, side });
  });
});
