/**
 * What two or three pages of a list say about it: its order, which way its cursor leads, how large its pages
 * are. All of it is undocumented, and integrations disagree.
 */
import type { Check } from '@audit-relay/sink';
import type { AskedPage, Listed, Probed } from './asker.ts';
import { faultCheck } from './fault-check.ts';

/** The relay's own `limit`, and the most that the API documents. */
const MOST_EVENTS = 100;
/** What to do about an answer that contradicts another. */
export const ALTERED =
  'check that base_url is the API and no proxy alters questions or answers; else report it to the vendor';

/** An empty feed has two reasons, with filters three, and the API tells none from the other. */
export function eventsCheck({ events }: AskedPage, isFiltered: boolean): Check {
  const name = 'events';
  const newest = Math.max(...timesOf(events));
  if (Number.isFinite(newest)) {
    return { name, verdict: 'ok', detail: `the latest of the first page is of ${timeOf(newest)}` };
  }
  const fix = 'an owner turns it on: Settings → Data controls → Data retention';
  if (events.length > 0) {
    return { name, verdict: 'warn', detail: 'no event of the first page has a time', fix: ALTERED };
  }
  const reasons = `${isFiltered ? 'the filters exclude everything, ' : ''}audit logging is off, or nothing has happened yet`;
  const detail = `the feed is empty: ${reasons}; order, cursor and window cannot be seen`;
  return { name, verdict: 'warn', detail, fix };
}

/** @param events as listed, over one page or several that follow each other. */
export function orderCheck(events: readonly Listed[]): Check {
  const name = 'order';
  const times = timesOf(events);
  const rises = times.some((time, index) => time > (times[index - 1] ?? time));
  const falls = times.some((time, index) => time < (times[index - 1] ?? time));
  if (rises && falls) {
    const fix = 'nothing for the relay, which commits whole windows; report it all the same';
    return { name, verdict: 'warn', detail: 'neither newest nor oldest first', fix };
  }
  if (rises) return { name, verdict: 'ok', detail: 'oldest first; the relay reads either' };
  if (falls) return { name, verdict: 'ok', detail: 'newest first' };
  return { name, verdict: 'ok', detail: 'cannot tell: all events seen are of one second' };
}

/** Whether `after` leads on, and the finding. */
export interface CursorFinding {
  readonly leads: 'on' | 'back' | 'nowhere' | 'unknown';
  readonly check: Check;
}

/** @param next the page after the last event of `first`. */
export function cursorFinding(first: AskedPage, next: Probed | undefined): CursorFinding {
  if (!first.hasMore) return unknown('the whole feed is on one page');
  if (next === undefined) return nowhere('the API says that there is more and names no place to go on from');
  if (next.kind === 'fault') return { leads: 'nowhere', check: faultCheck('cursor', next.fault) };
  const known = new Set(first.events.map(({ id }) => id));
  if (next.events.some(({ id }) => !known.has(id))) return onward(first, next);
  if (next.events.length === 0) {
    const more = next.hasMore ? ' and a second time that there is more' : '';
    return nowhere(`the API says that there is more, then gives an empty page${more}: events would be missed`);
  }
  if (next.events.some(({ id }) => id === first.cursor))
    return nowhere('`after` has no effect: the first page comes again');
  return {
    leads: 'back',
    check: { name: 'cursor', verdict: 'fail', detail: '`after` leads back to what was listed before it', fix: ALTERED },
  };
}

/** @param page the one before the last event of the first page: what `before` means where `after` leads back. */
export function swapCheck(first: AskedPage, page: Probed): Check | undefined {
  const known = new Set(first.events.map(({ id }) => id));
  if (page.kind === 'fault' || page.events.every(({ id }) => known.has(id))) return undefined;
  const detail = '`before` leads on and `after` back, the other way round than documented; the relay finds that out';
  return { name: 'cursor', verdict: 'ok', detail };
}

function onward(first: AskedPage, next: AskedPage): CursorFinding {
  const [from, to] = [timesOf(first.events).at(-1), timesOf(next.events).at(-1)];
  const where =
    from === undefined || to === undefined || from === to ? '' : to < from ? ' to older events' : ' to newer events';
  return { leads: 'on', check: { name: 'cursor', verdict: 'ok', detail: `\`after\` leads on${where}` } };
}

function unknown(why: string): CursorFinding {
  return { leads: 'unknown', check: { name: 'cursor', verdict: 'ok', detail: `cannot tell: ${why}` } };
}

function nowhere(detail: string): CursorFinding {
  return { leads: 'nowhere', check: { name: 'cursor', verdict: 'fail', detail, fix: ALTERED } };
}

/** @param large the first page again, asked for with one event more than documented. */
export function pageSizeChecks(first: AskedPage, large: Probed): readonly Check[] {
  const name = 'page size';
  if (large.kind === 'fault') {
    if (large.fault.failure !== 'http_400') return [faultCheck(name, large.fault)];
    return [{ name, verdict: 'ok', detail: `more than ${MOST_EVENTS} are refused; the relay asks for ${MOST_EVENTS}` }];
  }
  return [sizeCheck(large), ...hiddenCheck(first, large)];
}

function sizeCheck({ events, hasMore }: AskedPage): Check {
  const name = 'page size';
  const { length } = events;
  if (length < MOST_EVENTS && hasMore && length > 0) {
    const detail = `a page ends after ${length} events though more follow: reading takes more requests`;
    return { name, verdict: 'warn', detail, fix: ALTERED };
  }
  if (length > MOST_EVENTS)
    return { name, verdict: 'ok', detail: `more than ${MOST_EVENTS} are given; the relay asks for ${MOST_EVENTS}` };
  if (hasMore) return { name, verdict: 'ok', detail: `more than ${MOST_EVENTS} are taken for ${MOST_EVENTS}` };
  return { name, verdict: 'ok', detail: `more than ${MOST_EVENTS} may be asked for; ${length} came` };
}

/** The short page said that nothing follows, and the long one shows what does. Newer events may just have come. */
function hiddenCheck(first: AskedPage, large: AskedPage): readonly Check[] {
  const oldest = Math.min(...timesOf(first.events));
  if (first.hasMore || timesOf(large.events).every((time) => time >= oldest)) return [];
  const detail = 'has_more says that nothing follows though more events do: the relay asks behind every full page';
  return [{ name: 'has_more', verdict: 'warn', detail, fix: ALTERED }];
}

/** Seconds since the epoch, of those events that have a time. */
function timesOf(events: readonly Listed[]): readonly number[] {
  return events.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
}

/** Years have four digits; a record may say anything. */
function timeOf(seconds: number): string {
  return new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString().replace('.000Z', 'Z');
}
