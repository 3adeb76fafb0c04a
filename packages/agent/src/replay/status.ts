/** A sink's replay as `audit-relay status` shows it. */
import type { RelayStatus } from '@audit-relay/core';

/** Durable; RFC 3339 all times. */
export interface ReplayView {
  readonly from: string;
  readonly to: string;
  readonly overwrite: boolean;
  readonly asked: string;
  /** Absent: it is under way. */
  readonly ended?: string;
  /** Entries of the journal that it looks at, and that it has looked at, whatever their time. */
  readonly entries: number;
  readonly passed: number;
  /** What became of those of the time. */
  readonly counts: Readonly<Record<string, number>>;
  /** Entries that left the journal before it came to them. */
  readonly missed: number;
  /** Why it ended before all was done with. */
  readonly problem?: string;
}

export function replayOf(replay: RelayStatus['journal']['replays'][string] | undefined): {
  readonly replay?: ReplayView;
} {
  if (replay === undefined) return {};
  const { fromMs, toMs, overwrite, askedMs, endedMs, entries, passed, counts, left: missed, problem } = replay;
  const span = { from: timeOf(fromMs), to: timeOf(toMs), overwrite, asked: timeOf(askedMs) };
  const end = endedMs === undefined ? {} : { ended: timeOf(endedMs) };
  return { replay: { ...span, ...end, entries, passed, counts, missed, ...(problem !== undefined && { problem }) } };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The replay under way or the last one, and what all of them came to: the law knows nothing of them. */
export function replayLines({
  replay,
  replayed = {},
}: {
  readonly replay?: ReplayView;
  readonly replayed?: Readonly<Record<string, number>>;
}): readonly string[] {
  if (replay === undefined) return [];
  const { from, to, ended, entries, passed, missed, problem } = replay;
  const far = ended === undefined ? `under way, ${passed} of ${entries} entries looked at` : `ended at ${ended}`;
  const why = problem === undefined ? '' : `, before all was done with: ${problem}`;
  const gone = missed === 0 ? '' : `; ${missed} entries had left the journal`;
  const ways = Object.entries(replayed).map(([way, count]) => `${way} (${count})`);
  return [
    `           replay of ${from} to ${to}: ${far}${why}${gone}`,
    `           replayed, all in all: ${ways.join(', ') || 'nothing'}`,
  ];
}
