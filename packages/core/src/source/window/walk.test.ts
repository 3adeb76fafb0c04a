/** One walk: what its pages must bring, and which answer's time counts. */
import { describe, expect, test } from 'vitest';
import type { Span } from '../../journal/checkpoint.ts';
import type { PageAnswer } from '../api/answer.ts';
import { PageLimit } from '../api/page-limit.ts';
import type { PageCursor } from '../api/query.ts';
import { Paging } from './paging.ts';
import { type Item, itemOf } from './record.ts';
import { type Walk, type WalkOptions, walk } from './walk.ts';

interface Told {
  readonly ids: readonly string[];
  readonly cursor: string;
  /** Of each record's text; default: a few. */
  readonly characters?: number;
}

interface Asked {
  readonly limit?: PageLimit;
  readonly mayLeave?: boolean;
  readonly window?: Span;
  /** What stands before the last event of a page; default: what stands there with a server that is as documented. */
  readonly before?: readonly string[];
  readonly paging?: Paging;
  /** `none`: memory must hold all. */
  readonly spill?: WalkOptions['spill'] | 'none';
  readonly wholePages?: number;
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
    limit: asked.limit ?? new PageLimit(),
    mayLeave: asked.mayLeave ?? false,
    onUnfit: () => undefined,
    ask: async (cursor) =>
      cursor?.side === 'before' ? answerOf({ ids: before, cursor: 'x' }, 0, false) : answers.shift(),
    itemsOf,
    onFalseEnd: () => undefined,
    onAvoided: () => undefined,
    spill: asked.spill === 'none' ? undefined : (asked.spill ?? (async () => undefined)),
    ...(asked.wholePages === undefined ? {} : { wholePages: asked.wholePages }),
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
  expect(walked).toMatchObject({ kind: 'failed', readFailure: { code: 'CURSOR_LOOP' } });
});

test('a window of several seconds whose pages loop is halved: one page needs no cursor', async () => {
  const pages = ['a', 'a', 'b'].map((id) => ({ ids: [id], cursor: id }));
  expect(await walkOf(pages, { window: { from: 5, to: 7 } })).toMatchObject({ kind: 'larger' });
});

test('a last page that holds known events only is the end', async () => {
  const pages = ['a', 'b', 'a'].map((id, n) => ({ ids: [id], cursor: `${id}${n}` }));
  const walked = await walkOf(pages, { spill: 'none' });
  expect(walked.kind === 'drained' && walked.items).toHaveLength(2);
});

test('an event that two pages show is taken once', async () => {
  const pages = [
    { ids: ['a', 'b'], cursor: 'b' },
    { ids: ['b', 'c'], cursor: 'c' },
  ];
  const walked = await walkOf(pages, { before: ['a'] });
  expect(walked.kind === 'drained' && walked.items).toHaveLength(3);
});

test.for<{ name: string; wholePages?: number; pages: number; parts: readonly number[]; rest: number }>([
  { name: 'a window of one page stays whole', pages: 1, parts: [], rest: 1 },
  { name: 'what follows the second page is another part', pages: 2, parts: [], rest: 2 },
  { name: 'two pages are handed over when more follows, and so on', pages: 6, parts: [2, 2], rest: 2 },
  { name: 'an odd last one is committed with the end', pages: 5, parts: [2, 2], rest: 1 },
  { name: 'three pages of a live window stay whole', wholePages: 3, pages: 3, parts: [], rest: 3 },
  { name: 'so does a fourth that is the last', wholePages: 3, pages: 4, parts: [], rest: 4 },
  { name: 'a longer live window does not', wholePages: 3, pages: 5, parts: [4], rest: 1 },
])('$name', async ({ wholePages = 1, pages, parts, rest }) => {
  const handed: number[] = [];
  const spill: WalkOptions['spill'] = async (items) => {
    handed.push(items.length);
    return undefined;
  };
  const told = Array.from({ length: pages }, (_, n) => ({ ids: [`e${n}`], cursor: `e${n}` }));
  const walked = await walkOf(told, { window: { from: 5, to: 9 }, spill, wholePages });
  expect({ handed, rest: walked.kind === 'drained' && walked.items.length }).toEqual({ handed: parts, rest });
});

test('a part that the journal does not take ends the walk', async () => {
  const told = Array.from({ length: 6 }, (_, n) => ({ ids: [`e${n}`], cursor: `e${n}` }));
  const failure = { code: 'JOURNAL_COMMIT_FAILED', problem: 'x' } as const;
  const walked = await walkOf(told, { window: { from: 5, to: 9 }, spill: async () => failure });
  expect(walked).toMatchObject({ kind: 'failed', readFailure: failure, pages: 2 });
});

test.for([
  { name: 'a window of several seconds is halved', window: { from: 5, to: 7 }, kind: 'larger' },
  { name: 'a single second is walked to its end', window: { from: 5, to: 6 }, kind: 'drained' },
])('when nobody takes over texts that are too many for memory $name', async ({ window, kind }) => {
  const pages = ['a', 'b', 'c'].map((id) => ({ ids: [id], cursor: id, characters: 17 * 2 ** 20 }));
  expect(await walkOf(pages, { window, spill: 'none' })).toMatchObject({ kind });
});

describe('which of after and before leads on', () => {
  const nothing = (): void => undefined;
  const rest = { limit: new PageLimit(), onUnfit: nothing, onFalseEnd: nothing, onAvoided: nothing };
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
    const walked = await walk({ window: { from: 5, to: 6 }, paging, ...rest, ask, itemsOf: itemsIn });
    expect(walked.kind).toBe('failed');
  });

  test('a cursor that the API has forgotten is not the end of the list', async () => {
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer> =>
      cursor === undefined ? pageOf(['d', 'c'], true) : pageOf([], false);
    const paging = new Paging(() => undefined);
    const walked = await walk({ window: { from: 5, to: 9 }, paging, ...rest, ask, itemsOf: itemsIn });
    expect(walked.kind).toBe('larger');
  });

  test('an event that comes in meanwhile does not hide that a page led back', async () => {
    const ask = async (cursor: PageCursor | undefined): Promise<PageAnswer> => {
      if (cursor === undefined) return pageOf(['d', 'c'], true);
      return cursor.side === 'after' ? pageOf(['new', 'd'], false) : pageOf(['b', 'a'], false);
    };
    const paging = new Paging(() => undefined);
    expect((await walk({ window: { from: 5, to: 6 }, paging, ...rest, ask, itemsOf: itemsIn })).kind).toBe('failed');
    expect(paging.side).toBe('before');
  });

  test('an event that came in meanwhile and stands alone on a small page is no way forward', async () => {
    // The newest first; `before` leads back, and the page ends beside the cursor.
    const list = ['d', 'new', 'c', 'b', 'a'];
    const ask = async (cursor: PageCursor | undefined, most: number): Promise<PageAnswer> => {
      const place = cursor === undefined ? -1 : list.indexOf(cursor.id);
      // Nothing is said to be behind the second page, which is wrong.
      const behind = cursor?.id === 'c' ? [] : list.slice(place + 1).filter((id) => id !== 'new');
      const side = cursor?.side === 'before' ? list.slice(Math.max(0, place - most), place) : behind.slice(0, most);
      return pageOf(side, side.length > 0 && cursor?.side !== 'before');
    };
    const paging = new Paging(() => undefined);
    const limit = new PageLimit(2);
    limit.shrink(2);
    const asked = { window: { from: 5, to: 9 }, paging, ...rest, limit, ask, itemsOf: itemsIn };
    expect((await walk(asked)).kind).not.toBe('failed');
    expect(paging.side).toBe('after');
  });

  test('where no more than one new event comes at once, it leads on when it is new a second time', async () => {
    // `before` leads on, and two records at once do not come.
    const ask = async (cursor: PageCursor | undefined, most: number): Promise<PageAnswer | 'too_large'> => {
      if (most > 1) return 'too_large';
      const place = cursor === undefined ? 0 : listed.indexOf(cursor.id) + (cursor.side === 'before' ? 1 : -1);
      const id = listed[place];
      return pageOf(id === undefined ? [] : [id], id !== undefined && place < listed.length - 1);
    };
    const paging = new Paging(() => undefined);
    const once = (): Promise<Walk> =>
      walk({ window: { from: 5, to: 6 }, paging, ...rest, limit: new PageLimit(1), ask, itemsOf: itemsIn });
    expect((await once()).kind).toBe('failed');
    expect([paging.side, (await once()).kind, paging.side]).toEqual(['after', 'failed', 'before']);
    const walked = await once();
    expect(walked.kind === 'drained' && walked.items.length).toBe(listed.length);
  });

  test('a server that changes its mind again and again is taken for broken', async () => {
    const paging = new Paging(() => undefined);
    for (const side of ['before', 'after', 'before'] as const) paging.lead(side);
    expect(paging.mayProbe).toBe(false);
  });
});
