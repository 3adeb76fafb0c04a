/**
 * The doctor's way through the API of today, from its first page on: five further requests, six where the
 * cursor leads back. Each finding is given as soon as it is known.
 */
import type { Check } from '@audit-relay/sink';
import type { Feed } from '../../entry.ts';
import type { Span } from '../../journal/checkpoint.ts';
import type { AskedPage, Asker, Listed, Probed } from './asker.ts';
import { faultCheck } from './fault-check.ts';
import { ALTERED, cursorFinding, eventsCheck, orderCheck, pageSizeChecks, swapCheck } from './list-checks.ts';
import type { Question } from './question.ts';

/** Few, so that a small feed has a second page, and enough to see an order. */
export const FEW_EVENTS = 5;
const TOO_MANY_EVENTS = 101;
const ONE_PAGE = 100;
const IGNORED = 'check that base_url is the API and no proxy drops parameters';

export interface Examination {
  /** The feed whose first page is `first`. */
  readonly feed: Feed;
  readonly first: AskedPage;
  /** Whether the configuration has filters, and so the page may lack what the feed holds. */
  readonly isFiltered: boolean;
  readonly asker: Asker;
  readonly signal: AbortSignal;
}

/** @throws the signal's reason when it fires first. */
export async function* examineFeed(examination: Examination): AsyncGenerator<Check> {
  const { feed, first, isFiltered, asker, signal } = examination;
  yield eventsCheck(first, isFiltered);
  if (first.events.length === 0) return;
  if (isFiltered) yield filtersCheck(first.events);
  const ask = (question: Omit<Question, 'feed'>): Promise<Probed> => asker.ask({ feed, ...question }, signal);
  const next = await nextPage(first, ask);
  const cursor = cursorFinding(first, next);
  const following = next?.kind === 'page' && cursor.leads === 'on' ? next.events : [];
  yield orderCheck([...first.events, ...following]);
  yield (cursor.leads === 'back' ? await swapFinding(first, ask) : undefined) ?? cursor.check;
  const large = await ask({ limit: TOO_MANY_EVENTS });
  yield* pageSizeChecks(first, large);
  const listed = large.kind === 'page' ? large.events : [...first.events, ...following];
  const window = await windowCheck(listed, ask);
  yield window;
  if (window.verdict !== 'fail' && cursor.leads === 'on') yield* await laterPageChecks(listed, ask);
}

/** `others`: events of the other feed, none of which may stand in this one. */
export async function tenantCheck(asker: Asker, others: readonly Listed[], signal: AbortSignal): Promise<Check> {
  const name = 'tenant feed';
  const asked = await asker.ask({ feed: 'tenant', limit: FEW_EVENTS }, signal);
  if (asked.kind === 'fault') {
    if (asked.fault.kind !== 'refused') return faultCheck(name, asked.fault);
    const status = asked.fault.failure.replace('http_', '');
    const detail = `the API refuses it (${status}), as it does where an organization has no tenant`;
    return { name, verdict: 'warn', detail, fix: 'without a tenant: `feeds: [organization]` in this source' };
  }
  const known = new Set(others.map(({ id }) => id));
  if (asked.events.some(({ id }) => known.has(id))) {
    const detail = '`tenant_only` has no effect: both feeds show the same events, and the tenant’s are not to be had';
    return { name, verdict: 'fail', detail, fix: `${IGNORED}; without a tenant: \`feeds: [organization]\`` };
  }
  const detail = asked.events.length === 0 ? 'it may be read, and is empty' : 'it may be read';
  return { name, verdict: 'ok', detail };
}

function filtersCheck(events: readonly Listed[]): Check {
  const name = 'filters';
  const excluded = events.filter(({ isWanted }) => !isWanted).length;
  if (excluded === 0) return { name, verdict: 'ok', detail: 'obeyed' };
  const detail = `${excluded} of ${events.length} events are excluded by the filters: the relay leaves them out itself`;
  return { name, verdict: 'warn', detail, fix: IGNORED };
}

type Ask = (question: Omit<Question, 'feed'>) => Promise<Probed>;

async function nextPage({ hasMore, cursor }: AskedPage, ask: Ask): Promise<Probed | undefined> {
  return hasMore && cursor !== undefined ? ask({ limit: FEW_EVENTS, after: cursor }) : undefined;
}

async function swapFinding(first: AskedPage, ask: Ask): Promise<Check | undefined> {
  if (first.cursor === undefined) return undefined;
  return swapCheck(first, await ask({ limit: FEW_EVENTS, before: first.cursor }));
}

/** Asks for the one second of the listed events that is least likely to be on a page that nobody narrowed. */
async function windowCheck(listed: readonly Listed[], ask: Ask): Promise<Check> {
  const name = 'window';
  const last = listed.findLast(({ seconds }) => seconds !== undefined);
  if (last?.seconds === undefined) return { name, verdict: 'ok', detail: 'cannot tell: no event has a time' };
  const window = { from: last.seconds, to: last.seconds + 1 };
  const asked = await ask({ limit: ONE_PAGE, window });
  if (asked.kind === 'fault') return faultCheck(name, asked.fault);
  if (outside(asked.events, window) > 0) {
    return { name, verdict: 'fail', detail: 'the API ignores the asked time (effective_at)', fix: IGNORED };
  }
  if (!asked.hasMore && !asked.events.some(({ id }) => id === last.id)) {
    const detail = 'the window of one second lacks an event of that second which was listed just before';
    return { name, verdict: 'fail', detail, fix: 'report it to the vendor: such events would be missed' };
  }
  const isTold = outside(listed, window) > 0;
  return { name, verdict: 'ok', detail: isTold ? 'obeyed' : 'cannot tell: all events seen are of one second' };
}

/** Asks for what follows the last event of a window: nothing, unless the window is forgotten beside a cursor. */
async function laterPageChecks(listed: readonly Listed[], ask: Ask): Promise<readonly Check[]> {
  const name = 'window, later pages';
  const timed = listed.flatMap(({ id, seconds }) => (seconds === undefined ? [] : [{ id, seconds }]));
  const end = timed.findIndex(({ seconds }, index) => seconds !== (timed[index + 1]?.seconds ?? seconds));
  const last = timed[end];
  if (last === undefined) return [];
  const window = { from: last.seconds, to: last.seconds + 1 };
  const asked = await ask({ limit: FEW_EVENTS, window, after: last.id });
  if (asked.kind === 'fault') return [faultCheck(name, asked.fault)];
  if (outside(asked.events, window) > 0) {
    const detail = 'the API ignores the asked time (effective_at) where a cursor is given';
    const fix = `${IGNORED}; the relay reads windows of one page each`;
    return [{ name, verdict: 'warn', detail, fix }];
  }
  if (asked.events.length === 0 && asked.hasMore) {
    const detail = 'has_more says that more follows where nothing does: a window seems to have no end';
    return [{ name: 'has_more', verdict: 'fail', detail, fix: ALTERED }];
  }
  return [{ name, verdict: 'ok', detail: 'obeyed' }];
}

/** How many of the events lie outside; those without a time do not. */
function outside(events: readonly Listed[], { from, to }: Span): number {
  return events.filter(({ seconds }) => seconds !== undefined && (seconds < from || seconds >= to)).length;
}
