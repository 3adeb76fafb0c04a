/** One feed as `status` shows it: the journal's checkpoint, with what a running agent reports laid over it. */
import type { RelayStatus } from '@audit-relay/core';
import type { CheckpointAccount, JournalAccount } from '../journal-account.ts';
import { timeNamed, timeOf } from './time.ts';

type FeedStatus = NonNullable<RelayStatus['sources'][string]['feeds']['organization']>;

/** One feed of one source. */
export interface FeedView {
  readonly source: string;
  readonly feed: string;
  /** Absent while no agent runs. */
  readonly health?: string;
  readonly problem?: string;
  /** The same for a machine: one of few words. */
  readonly cause?: string;
  /** RFC 3339; since when requests fail. Absent: they do not. */
  readonly problemSince?: string;
  /** RFC 3339; journaled without a gap from `start` to here. Absent: nothing yet. */
  readonly completeTo?: string;
  /** RFC 3339. Absent: the API has never answered. */
  readonly start?: string;
  /** Not read yet, between what is: RFC 3339 both. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  /** RFC 3339: when each lookback was last read whole, by server time. */
  readonly passes: Readonly<Record<string, string>>;
  /** RFC 3339: when the API last gave a page, and when the newest event happened. Absent: none yet, or no agent runs. */
  readonly lastAnswer?: string;
  readonly newestEvent?: string;
  /** How much of the past has still to be read, in seconds. Absent while no agent runs. */
  readonly backfillSeconds?: number;
  /** Events journaled, and requests sent, since the agent's start. Absent while none runs. */
  readonly journaled?: number;
  readonly requests?: number;
  /** What was odd about the server and was coped with, since the agent's start. Absent while none runs. */
  readonly conditions?: Readonly<Record<string, number>>;
  /** Events that became visible late, since the agent's start: how many, and how late the latest was. Absent while none runs. */
  readonly late?: { readonly count: number; readonly maxSeconds: number };
  /** Pages that had to be read once more, since the agent's start. Absent while none runs. */
  readonly pagesInVain?: number;
}

/** Those of the journal, and those of the agent that have no answer yet and so are not in it. */
export function feedsOf({ checkpoints }: JournalAccount, live: RelayStatus | undefined): readonly FeedView[] {
  const sources = new Set([...Object.keys(checkpoints), ...Object.keys(live?.sources ?? {})]);
  return [...sources].flatMap((source) => {
    const read = Object.entries(checkpoints[source] ?? {});
    const asked = Object.entries(live?.sources[source]?.feeds ?? {});
    return [...new Set([...read, ...asked].map(([feed]) => feed))].map((feed) => ({
      source,
      feed,
      ...liveOf(asked.find(([name]) => name === feed)?.[1]),
      ...progressOf(read.find(([name]) => name === feed)?.[1]),
    }));
  });
}

function liveOf(feed: FeedStatus | undefined): Omit<FeedView, 'source' | 'feed' | 'gaps' | 'passes'> {
  if (feed === undefined) return {};
  const { cause, conditions, late, pagesInVain, backfillSeconds, journaled, requests } = feed;
  const { count, maxSeconds } = late;
  return {
    ...healthOf(feed),
    ...(cause === undefined ? {} : { cause }),
    ...timeNamed('lastAnswer', feed.lastAnswerMs),
    ...timeNamed('newestEvent', feed.newestEventMs),
    backfillSeconds,
    journaled,
    requests,
    conditions,
    late: { count, maxSeconds },
    pagesInVain,
  };
}

/** Of a feed or a sink. */
export function healthOf({
  health,
  problem,
  problemSinceMs,
}: {
  readonly health: string;
  readonly problem?: string;
  readonly problemSinceMs?: number;
}): Pick<FeedView, 'health' | 'problem' | 'problemSince'> {
  return {
    health,
    ...(problem === undefined ? {} : { problem }),
    ...timeNamed('problemSince', problemSinceMs),
  };
}

function progressOf(
  checkpoint: CheckpointAccount | undefined,
): Pick<FeedView, 'start' | 'completeTo' | 'gaps' | 'passes'> {
  if (checkpoint === undefined) return { gaps: [], passes: {} };
  const { startSeconds, done, passes, asked = [], again = [] } = checkpoint;
  // What was asked for from before the start is done too, and says nothing about the feed's own progress.
  const own = done.filter(({ to }) => to > startSeconds);
  const first = own[0];
  const ends = [startSeconds, ...own.map(({ to }) => to)];
  const between = own.map(({ from }, index) => ({ from: ends[index] ?? from, to: from }));
  const gaps = [...between, ...asked, ...again].filter(({ from, to }) => from < to);
  const isBegun = first !== undefined && first.from <= startSeconds;
  return {
    start: timeOf(startSeconds),
    ...(isBegun ? { completeTo: timeOf(first.to) } : {}),
    gaps: gaps.map(({ from, to }) => ({ from: timeOf(from), to: timeOf(to) })),
    passes: isBegun ? Object.fromEntries(Object.entries(passes).map(([lookback, at]) => [lookback, timeOf(at)])) : {},
  };
}
