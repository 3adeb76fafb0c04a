/** What the samples of a soak say: whether memory and handles are flat, and whether the journal stays within its bound. */
import { type Slope, slopeOf } from './slope.ts';

/** What was measured at one moment; sizes are MB of a million bytes. */
export interface Sample {
  /** Since the agent's start. */
  readonly hours: number;
  /** Anonymous memory: the heap, buffers. */
  readonly rssAnon: number;
  /** All that is resident, with LMDB's mapped pages. */
  readonly rss: number;
  /** Open file handles. */
  readonly handles: number;
  /** What the journal counts against its bound. */
  readonly journal: number;
  /** Blocks of `data.mdb` on the disk. */
  readonly disk: number;
  /** Entries that the lane furthest behind has not passed. */
  readonly held: number;
}

export interface Bounds {
  /** Of `rssAnon`, in MB an hour. */
  readonly rssAnon: number;
  /** Of `rss`, in MB an hour. */
  readonly rss: number;
  /** Of open handles, an hour. */
  readonly handles: number;
  /** The journal's own, in MB; its file may be that much and a reserve. */
  readonly journal: number;
}

/**
 * `flat`: even the upper end of what the slope may be is within the bound; `rising`: even the lower end is over it;
 * `unsure`: the run was too short to tell.
 */
export type Trend = 'flat' | 'rising' | 'unsure';

export interface Judged extends Slope {
  readonly trend: Trend;
  readonly bound: number;
}

export interface Verdict {
  readonly rssAnon: Judged;
  readonly rss: Judged;
  readonly handles: Judged;
  readonly isJournalBounded: boolean;
}

/** Two standard errors each way. */
const SURE = 2;
/** A file is rounded up, and has room beside the bound for what must always be written: cursors, dead letters, eviction. */
const RESERVE = 1.25;
const RESERVE_MB = 24;

/** Over the second half: in the first, the heap finds its size and the journal fills. */
export function verdictOf(samples: readonly Sample[], bounds: Bounds): Verdict {
  const end = samples.at(-1)?.hours ?? 0;
  const settled = samples.filter(({ hours }) => hours >= end / 2);
  const judge = (key: 'rssAnon' | 'rss' | 'handles'): Judged => {
    const slope = slopeOf(settled.map((sample) => ({ hours: sample.hours, value: sample[key] })));
    return { ...slope, bound: bounds[key], trend: trendOf(slope, bounds[key]) };
  };
  return {
    rssAnon: judge('rssAnon'),
    rss: judge('rss'),
    handles: judge('handles'),
    isJournalBounded:
      samples.length > 0 &&
      samples.every(({ journal, disk }) => journal <= bounds.journal && disk <= bounds.journal * RESERVE + RESERVE_MB),
  };
}

function trendOf({ perHour, error }: Slope, bound: number): Trend {
  if (perHour + SURE * error <= bound) return 'flat';
  return perHour - SURE * error > bound ? 'rising' : 'unsure';
}
