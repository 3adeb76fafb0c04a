/**
 * Reads one frozen window page by page to its end, into memory. In which order the API lists, and
 * which way its cursor goes, is undocumented; a walk does not care, because nothing is committed
 * before everything is there. It does insist that every page but the last brings something new.
 */
import type { Span } from '../journal/checkpoint.ts';
import type { PageAnswer } from './answer.ts';
import type { Snag } from './health.ts';
import type { Item } from './record.ts';
import { secondsOf } from './windows.ts';

/** 5,000 events: what a walk may hold in memory … */
export const MAX_PAGES = 50;
/** … or so many characters of their texts: a record of the API may be far larger than the usual 2 kB. */
const MAX_CHARACTERS = 32 * 2 ** 20;
/** How often a page inside a walk is asked for before the walk begins anew; a cursor may have expired. */
const TRIES = 3;

export type Walk =
  | {
      readonly kind: 'drained';
      readonly items: readonly Item[];
      readonly pages: number;
      readonly serverSeconds: number | undefined;
    }
  /** Too much for one walk, or for the API's cursor: its halves must be read instead. */
  | { readonly kind: 'larger' }
  /** Not read. Without a snag the API gave no page, and health knows. */
  | { readonly kind: 'failed'; readonly snag?: Snag };

export interface WalkOptions {
  readonly window: Span;
  ask(after: string | undefined): Promise<PageAnswer | undefined>;
  /** The items of a page, in its order. */
  itemsOf(answer: PageAnswer): readonly Item[];
}

export async function walk({ window, ask, itemsOf }: WalkOptions): Promise<Walk> {
  const seen = new Map<string, Item>();
  const cursors = new Set<string>();
  // A single second that is larger cannot be halved. It is walked to its end in memory for now; a
  // later piece of work stages it on disk.
  const single = secondsOf(window) <= 1;
  let after: string | undefined;
  let serverSeconds: number | undefined;
  let characters = 0;
  for (let pages = 1; ; pages += 1) {
    const answer = await askPatiently(ask, after);
    if (answer === undefined) return { kind: 'failed' };
    if (pages === 1) serverSeconds = answer.serverSeconds;
    const items = itemsOf(answer);
    const snag = add(items, answer, { seen, cursors });
    // A shorter window may be one page, which needs no cursor.
    if (snag !== undefined) return single ? { kind: 'failed', snag } : { kind: 'larger' };
    if (!answer.page.hasMore) return { kind: 'drained', items: [...seen.values()], pages, serverSeconds };
    const astray = items.every((item) => isOutside(item, window));
    characters += items.reduce((sum, item) => sum + textOf(item).length, 0);
    if (!single && (astray || pages >= MAX_PAGES || characters >= MAX_CHARACTERS)) return { kind: 'larger' };
    if (astray) return { kind: 'failed', snag: IGNORED };
    after = answer.page.cursor;
  }
}

/** False for what has no time of its own. */
export function isOutside(item: Item, window: Span): boolean {
  if (item.kind === 'oddity' || item.entry.timeGuessed === true) return false;
  const seconds = item.entry.timeMs / 1000;
  return seconds < window.from || seconds >= window.to;
}

const LOOP: Snag = {
  code: 'CURSOR_LOOP',
  problem: 'the API gives the same page again: its cursor does not go forward; run `audit-relay doctor`',
};
const EMPTY: Snag = {
  code: 'HAS_MORE_EMPTY',
  problem: 'the API says that there is more and then gives an empty page: the window is read again',
};
const MISSING: Snag = {
  code: 'CURSOR_MISSING',
  problem: 'the API says that there is more and names no place to go on from: the window is read again',
};
/**
 * A page with none of the window's events, and more to come, means that the window is not obeyed on
 * pages after the first: smaller windows need no second page. When even one second does, nothing helps.
 */
const IGNORED: Snag = {
  code: 'WINDOW_IGNORED',
  problem:
    'the API ignores the asked time (effective_at): check that base_url is the API and no proxy drops parameters',
};

/** The first page is asked for once, since after a wait another window may be the better question. */
async function askPatiently(ask: WalkOptions['ask'], after: string | undefined): Promise<PageAnswer | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(after);
    if (answer !== undefined || after === undefined || tries >= TRIES) return answer;
  }
}

/** Takes the page's items in; the snag when it brought nothing new or leads nowhere. */
function add(
  items: readonly Item[],
  { page }: PageAnswer,
  { seen, cursors }: { readonly seen: Map<string, Item>; readonly cursors: Set<string> },
): Snag | undefined {
  const before = seen.size;
  for (const item of items) seen.set(keyOf(item), seen.get(keyOf(item)) ?? item);
  if (!page.hasMore) return undefined;
  if (items.length > 0 && seen.size === before) return LOOP;
  if (items.length === 0) return EMPTY;
  if (page.cursor === undefined) return MISSING;
  if (cursors.has(page.cursor)) return LOOP;
  cursors.add(page.cursor);
  return undefined;
}

function textOf(item: Item): string {
  return item.kind === 'entry' ? item.entry.raw : item.oddity.raw;
}

/** Ids and texts of oddities cannot meet: one is prefixed. */
function keyOf(item: Item): string {
  return item.kind === 'entry' ? `id:${item.entry.id}` : `raw:${item.oddity.raw}`;
}
