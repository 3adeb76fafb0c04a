/**
 * How much a time of the past holds and what reading it costs, from a few pages out of it. For a person
 * who is about to start a backfill; nothing is journaled.
 */
import type { Feed } from '../../entry.ts';
import { isObject } from '../../event.ts';
import type { Span } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import { judge, type PageAnswer } from '../api/answer.ts';
import type { Client } from '../api/client.ts';
import { feedsOf } from '../api/filters.ts';
import { auditLogsPath, PAGE_EVENTS } from '../api/query.ts';
import type { SourceConfig } from '../config.ts';
import { EVENTS_A_WINDOW, secondsOf } from '../coverage/spans.ts';
import { timeIn } from '../window/record.ts';

/** All feeds that could be asked, together. Of a time whose density varies it may be off by a multiple. */
export interface Estimate {
  readonly events: number;
  /** Pages, and one more for each window, which ends within a page. */
  readonly requests: number;
  /** As many seconds take so many requests at `requests_per_second` at least; slow answers make it more. */
  readonly seconds: number;
  /** Feeds that gave no page, and why. */
  readonly unknown: Readonly<Partial<Record<Feed, string>>>;
}

export interface EstimateOptions {
  readonly config: SourceConfig;
  readonly client: Client;
  readonly runtime: Runtime;
}

/** Into so many slices a time is cut; of each the newest page is looked at. */
const SLICES = 12;
/** The fractional parts of its multiples are spread evenly. */
const GOLDEN = 0.618;
/** A page that did not come may come the next time; false refusals happen too. */
const TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;
/** A person waits: who asks for more is taken at its word. */
const LONGEST_WAIT_MS = 10_000;

/** @throws the signal's reason when it fires first. */
export async function estimateBackfill(span: Span, options: EstimateOptions, signal: AbortSignal): Promise<Estimate> {
  const { config } = options;
  let events = 0;
  const unknown: Partial<Record<Feed, string>> = {};
  if (config.dialect === 'organization_logs') {
    return { events, requests: 0, seconds: 0, unknown: { organization: 'this dialect cannot be asked for a time' } };
  }
  for (const feed of feedsOf(config)) {
    for (const slice of slicesOf(span)) {
      const answer = await pageOf(slice, { ...options, feed }, signal);
      if (typeof answer === 'string') {
        unknown[feed] = answer;
        break;
      }
      events += eventsIn(slice, answer);
    }
  }
  const requests = Math.ceil(events / PAGE_EVENTS) + Math.ceil(events / EVENTS_A_WINDOW);
  return { events, requests, seconds: Math.ceil(requests / config.requests_per_second), unknown };
}

/** Of uneven lengths, so that their ends are not all at one time of the day; the newest is short: now may be a busy hour. */
function slicesOf(span: Span): readonly Span[] {
  const share = (index: number): number => Math.min(1, (index + ((index * GOLDEN) % 1)) / SLICES);
  const borders = Array.from({ length: SLICES }, (_, index) => span.from + Math.floor(secondsOf(span) * share(index)));
  return borders
    .map((from, index) => ({ from, to: borders[index + 1] ?? span.to }))
    .filter((slice) => secondsOf(slice) > 0);
}

/** The whole slice where the page holds it; else as if it were as dense as its newest part, which the page holds. */
function eventsIn(slice: Span, { page }: PageAnswer): number {
  if (!page.hasMore) return page.records.length;
  const times = page.records.map(({ value }) => (isObject(value) ? timeIn(value['effective_at']) : undefined));
  // A quiet night between the newest event and the end is a part of it.
  const covered = Math.max(
    1,
    slice.to - Math.min(slice.to, ...times.map((ms) => (ms === undefined ? slice.to : Math.floor(ms / 1000)))),
  );
  return Math.round((page.records.length * secondsOf(slice)) / covered);
}

/** The page, or why there is none. */
async function pageOf(
  window: Span,
  { config, client, runtime, feed }: EstimateOptions & { readonly feed: Feed },
  signal: AbortSignal,
): Promise<PageAnswer | string> {
  for (let tries = 1; ; tries += 1) {
    // Beside a running agent, whose own requests are not known here.
    await runtime.sleep(1000 / config.requests_per_second, signal);
    const reply = await client.get(auditLogsPath({ feed, filters: config, window, cursor: undefined }), signal);
    const answer = judge(reply, { feed, dialect: config.dialect, receivedMs: runtime.now() });
    if (answer.kind === 'page') return answer;
    const { waitMs = BETWEEN_TRIES_MS, problem } = answer;
    if (tries >= TRIES || waitMs > LONGEST_WAIT_MS) return problem;
    await runtime.sleep(waitMs, signal);
  }
}
