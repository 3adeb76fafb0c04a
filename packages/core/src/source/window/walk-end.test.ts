/** Where a walk ends: what pages say of those behind them, what servers forget, and what they give twice. */
import { expect, test } from 'vitest';
import type { PageAnswer } from '../api/answer.ts';
import { PageLimit } from '../api/page-limit.ts';
import type { PageCursor } from '../api/query.ts';
import { otherSide, Paging } from './paging.ts';
import { type Item, itemOf } from './record.ts';
import { type Walk, walk } from './walk.ts';

interface Said {
  readonly length: number;
  /** In truth. */
  readonly isLast: boolean;
  /** The number of the question, from 1. */
  readonly question: number;
}

interface Ways {
  /** How many events the window holds. */
  readonly count: number;
  /** What a page says of those behind it, where it is not the truth. */
  readonly says?: (page: Said) => boolean;
  /** The server takes `after` and `before` the other way round. */
  readonly swapped?: boolean;
  /** Numbers of the questions whose cursor is not known at that moment. */
  readonly forgets?: readonly number[];
  /** The server takes no cursor at all, only `after`, ignores `before`, or names none. */
  readonly cursors?: 'refused' | 'after' | 'before_ignored' | 'absent';
  /** As long as a page may be; 100. */
  readonly limit?: number;
  /** As long as pages of this server are known to be. */
  readonly knownLimit?: number;
  /** How often the window is read; what is said of it is about the last time. */
  readonly walks?: number;
  /** How often it has changed its mind about `after` and `before`. */
  readonly swaps?: number;
  /** Numbers of the questions that are answered with the first page again. */
  readonly repeats?: readonly number[];
  /** How many events lie before the window, and are listed behind its own wherever a cursor is given. */
  readonly beyond?: number;
  /** The window is one second. */
  readonly isSingle?: boolean;
}

/** The list of a window of `count` events, newest first, all of one second. */
class ListServer {
  readonly #ways: Ways;
  readonly #listed: readonly string[];
  readonly #beyond: readonly string[];
  questions = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#listed = Array.from({ length: ways.count }, (_, n) => `e${n}`);
    this.#beyond = Array.from({ length: ways.beyond ?? 0 }, (_, n) => `older${n}`);
  }

  async ask(cursor: PageCursor | undefined): Promise<PageAnswer | 'lost'> {
    this.questions += 1;
    const { cursors, says } = this.#ways;
    if (cursor !== undefined && (cursors === 'refused' || (cursors === 'after' && cursor.side === 'before')))
      return 'lost';
    const { ids, isLast } = this.#page(cursor);
    const records = ids.map((id) => recordOf(id, this.#listed.includes(id) ? 5 : 4));
    const hasMore = says?.({ length: ids.length, isLast, question: this.questions }) ?? !isLast;
    const last = cursors === 'absent' ? undefined : ids.at(-1);
    return { kind: 'page', page: { records, hasMore, cursor: last }, serverSeconds: 100, receivedMs: 0 };
  }

  #page(cursor: PageCursor | undefined): { readonly ids: readonly string[]; readonly isLast: boolean } {
    const { cursors, forgets = [], limit = 100, repeats = [], swapped = false } = this.#ways;
    const isIgnored = cursors === 'before_ignored' && cursor?.side === 'before';
    if (cursor === undefined || isIgnored || repeats.includes(this.questions)) return this.#onward(this.#listed, -1);
    if (forgets.includes(this.questions)) return { ids: [], isLast: true };
    const place = this.#listed.indexOf(cursor.id);
    if ((cursor.side === 'after') !== swapped) return this.#onward([...this.#listed, ...this.#beyond], place);
    return { ids: this.#listed.slice(Math.max(0, place - limit), place), isLast: place <= limit };
  }

  #onward(list: readonly string[], place: number): { readonly ids: readonly string[]; readonly isLast: boolean } {
    const end = place + 1 + (this.#ways.limit ?? 100);
    return { ids: list.slice(place + 1, end), isLast: list.length <= end };
  }
}

function recordOf(id: string, seconds: number): PageAnswer['page']['records'][number] {
  const value = { id, effective_at: seconds };
  return { raw: JSON.stringify(value), value };
}

/** Walks through such a list, and what was noticed on the way. */
async function walkThrough(ways: Ways): Promise<Walk & { questions: number; falseEnds: number; side: string }> {
  const server = new ListServer(ways);
  const paging = new Paging(() => undefined);
  if (ways.knownLimit !== undefined) paging.followed(ways.knownLimit, 100);
  for (let swap = 0; swap < (ways.swaps ?? 0); swap += 1) paging.lead(otherSide(paging.side));
  let falseEnds = 0;
  let handedOver: readonly Item[] = [];
  const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const once = (): Promise<Walk> =>
    walk({
      window: { from: 5, to: ways.isSingle === true ? 6 : 9 },
      paging,
      limit: new PageLimit(),
      onUnfit: () => undefined,
      ask: (cursor) => server.ask(cursor),
      onFalseEnd: () => {
        falseEnds += 1;
      },
      onAvoided: () => undefined,
      itemsOf: ({ page }) => page.records.map((record) => itemOf(record, provenance, { receivedMs: 0 })),
      spill: async (items) => {
        handedOver = [...handedOver, ...items];
        return undefined;
      },
    });
  let walked = await once();
  for (let walks = 1; walks < (ways.walks ?? 1); walks += 1) {
    handedOver = [];
    walked = await once();
  }
  const whole = walked.kind === 'drained' ? { items: [...handedOver, ...walked.items] } : {};
  return { ...walked, ...whole, questions: server.questions, falseEnds, side: paging.side };
}

const never = (): boolean => false;
const whenFull = ({ length }: Said): boolean => length === 100;
const unlessEmpty = ({ length }: Said): boolean => length > 0;
const whenEmpty = ({ length, isLast }: Said): boolean => length === 0 || !isLast;

interface Case {
  readonly name: string;
  readonly ways: Ways;
  /** `larger`: its halves are read. `again`: it is read again. */
  readonly found: number | 'larger' | 'again';
  readonly questions: number;
  readonly falseEnds?: number;
  readonly side?: string;
}

const cases: readonly Case[] = [
  { name: 'a short page is believed', ways: { count: 42 }, found: 42, questions: 1 },
  { name: 'behind a full page it is asked', ways: { count: 100 }, found: 100, questions: 3 },
  { name: 'a short page behind a full one is believed', ways: { count: 250 }, found: 250, questions: 3 },
  { name: 'a false end is seen', ways: { count: 250, says: never }, found: 250, questions: 3, falseEnds: 2 },
  { name: 'a false end before a true one', ways: { count: 200, says: never }, found: 200, questions: 4, falseEnds: 1 },
  { name: 'a short page that promised too much', ways: { count: 42, says: unlessEmpty }, found: 42, questions: 3 },
  {
    name: 'the same where before is ignored',
    ways: { count: 42, says: unlessEmpty, cursors: 'before_ignored' },
    found: 42,
    questions: 3,
  },
  { name: 'a full page that promised too much', ways: { count: 100, says: whenFull }, found: 'larger', questions: 3 },
  {
    name: 'a full page that promised too much, of a single second',
    ways: { count: 100, says: whenFull, isSingle: true },
    found: 'again',
    questions: 3,
  },
  {
    name: 'the same for the second time',
    ways: { count: 100, says: whenFull, isSingle: true, walks: 2 },
    found: 100,
    questions: 6,
  },
  {
    name: 'a cursor that is forgotten and handed out again to another walk',
    ways: { count: 250, forgets: [2] },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the same in a single second, the second time',
    ways: { count: 250, forgets: [2], isSingle: true, walks: 2 },
    found: 250,
    questions: 6,
  },
  { name: 'a cursor that stays forgotten', ways: { count: 250, forgets: [2, 3] }, found: 'larger', questions: 3 },
  {
    name: 'a cursor that stays forgotten in a single second, however often',
    ways: { count: 250, forgets: [2, 3, 5, 6], isSingle: true, walks: 2 },
    found: 'again',
    questions: 6,
  },
  {
    name: 'a cursor that stays forgotten, behind a page that lied about the end',
    ways: { count: 250, says: never, forgets: [2, 3] },
    found: 'larger',
    questions: 3,
  },
  { name: 'a true end that names no cursor', ways: { count: 100, cursors: 'absent' }, found: 100, questions: 1 },
  {
    name: 'a true end whose cursor is refused',
    ways: { count: 100, cursors: 'refused' },
    found: 'larger',
    questions: 4,
  },
  {
    name: 'the same of a single second, the second time',
    ways: { count: 100, cursors: 'refused', isSingle: true, walks: 2 },
    found: 100,
    questions: 8,
  },
  { name: 'a true end where before is refused', ways: { count: 100, cursors: 'after' }, found: 'larger', questions: 5 },
  {
    name: 'the same of a single second, the second time',
    ways: { count: 100, cursors: 'after', isSingle: true, walks: 2 },
    found: 100,
    questions: 10,
  },
  {
    name: 'a true end where before is ignored',
    ways: { count: 100, cursors: 'before_ignored' },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the same of a single second, the second time',
    ways: { count: 100, cursors: 'before_ignored', isSingle: true, walks: 2 },
    found: 100,
    questions: 6,
  },
  {
    name: 'a true end, of a server that has changed its mind too often',
    ways: { count: 100, swaps: 4, isSingle: true, walks: 2 },
    found: 100,
    questions: 4,
  },
  {
    name: 'a true end, and an empty page behind it that promises more',
    ways: { count: 100, says: whenEmpty },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the same of a single second, the second time',
    ways: { count: 100, says: whenEmpty, isSingle: true, walks: 2 },
    found: 100,
    questions: 6,
  },
  {
    name: 'a true end, by a server that forgets the window beside a cursor',
    ways: { count: 100, beyond: 150, isSingle: true },
    found: 100,
    questions: 2,
  },
  {
    name: 'the first page again behind a false end',
    ways: { count: 250, says: never, repeats: [2] },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the same in a single second, the second time',
    ways: { count: 250, says: never, repeats: [2], isSingle: true, walks: 2 },
    found: 250,
    questions: 6,
    falseEnds: 2,
  },
  {
    name: 'the first page again, as it truly is, behind a false end',
    ways: { count: 250, says: ({ isLast, question }) => !isLast && question > 1, repeats: [2] },
    found: 'larger',
    questions: 3,
  },
  { name: 'pages that are shorter than asked', ways: { count: 60, limit: 20 }, found: 60, questions: 5 },
  {
    name: 'a false end behind pages that are known to be shorter',
    ways: { count: 60, limit: 20, knownLimit: 20, says: never },
    found: 60,
    questions: 5,
    falseEnds: 2,
  },
  { name: 'the other way round, a true end', ways: { count: 100, swapped: true }, found: 'larger', questions: 3 },
  {
    name: 'the other way round, a true end of a single second, the second time',
    ways: { count: 100, swapped: true, isSingle: true, walks: 2 },
    found: 100,
    questions: 6,
  },
  {
    name: 'the other way round, a full page that promised too much',
    ways: { count: 100, swapped: true, says: whenFull },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the other way round, by a server that forgets the window beside a cursor',
    ways: { count: 166, swapped: true, beyond: 20, isSingle: true },
    found: 'again',
    questions: 3,
    side: 'before',
  },
  {
    name: 'the other way round, a false end, and the first page again for the probe',
    ways: { count: 250, swapped: true, says: never, repeats: [3] },
    found: 'larger',
    questions: 3,
  },
  {
    name: 'the other way round, a false end',
    ways: { count: 250, swapped: true, says: never },
    found: 'again',
    questions: 3,
    side: 'before',
  },
];

test.for(cases)('$name: $found', async ({ ways, found, questions, falseEnds = 0, side = 'after' }) => {
  const walked = await walkThrough(ways);
  const kinds = {
    drained: walked.kind === 'drained' ? walked.items.length : 0,
    larger: 'larger',
    failed: 'again',
    left: 'left',
  };
  expect(kinds[walked.kind]).toBe(found);
  expect(walked).toMatchObject({ questions, falseEnds, side });
});
