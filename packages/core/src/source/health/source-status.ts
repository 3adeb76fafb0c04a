/** What a source says about itself, made from its feeds. */
import type { Span } from '../../journal/checkpoint.ts';
import type { BackfillProgress } from '../../options.ts';
import type { SourceStatus } from '../../status.ts';
import type { RequestScheduler } from '../api/request-scheduler.ts';
import type { ServerClock } from '../api/server-clock.ts';
import type { Feed } from '../feed.ts';

export interface RunningFeeds {
  readonly feeds: readonly Feed[];
  readonly scheduler: Pick<RequestScheduler, 'backfillLimit'>;
}

export function sourceStatus(
  { feeds, scheduler }: RunningFeeds,
  { stopped, clock }: { readonly stopped: boolean; readonly clock: ServerClock },
): SourceStatus {
  const failures = new Map<string, number>();
  for (const [failure, times] of feeds.flatMap(({ tally }) => Object.entries(tally.failures))) {
    failures.set(failure, (failures.get(failure) ?? 0) + times);
  }
  const { offsetMs } = clock;
  return {
    feeds: Object.fromEntries(feeds.map((feed) => [feed.name, feed.status(stopped)])),
    requests: sum(feeds.map(({ tally }) => tally.requests)),
    failures: Object.fromEntries(failures),
    backfillSlots: scheduler.backfillLimit,
    ...(offsetMs === undefined ? {} : { clockOffsetMs: offsetMs }),
  };
}

/** How backfill gets on with this time. */
export function backfillProgress({ feeds, scheduler }: RunningFeeds, span: Span): BackfillProgress {
  const paused = feeds.flatMap(({ name, pausedBecause }) =>
    pausedBecause === undefined ? [] : [[name, pausedBecause] as const],
  );
  const spans = feeds.filter(({ pausedBecause }) => pausedBecause === undefined).map((feed) => feed.progressIn(span));
  return {
    wholeSeconds: sum(spans.map(({ wholeSeconds }) => wholeSeconds)),
    leftSeconds: sum(spans.map(({ leftSeconds }) => leftSeconds)),
    paused: Object.fromEntries(paused),
    windows: sum(feeds.map(({ tally }) => tally.backfill.windows)),
    events: sum(feeds.map(({ tally }) => tally.backfill.events)),
    requests: sum(feeds.map(({ tally }) => tally.requests)),
    atOnce: scheduler.backfillLimit,
  };
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
