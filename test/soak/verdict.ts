/** What the samples of a soak say: whether memory and handles are flat, and whether the journal stays within its bound. */
import { floorSlopeOf, type Slope, slopeOf } from './slope.ts';

/** What was measured at one moment; sizes are MB of a million bytes. */
export interface Sample {
  /** Since the agent's start. */
  readonly hours: number;
  /** The least that lived after a collection since the sample before: the heap, and buffers beside it. Absent: there was none. */
  readonly lived?: number;
  /** Anonymous memory: the heap with its garbage, buffers, what libraries take. */
  readonly rssAnon: number;
  /** What of both the ids of two hours take by design: `ids.ts`. */
  readonly ids: number;
  /** Mapped files: the program's own, and the journal's. */
  readonly rssFile: number;
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
  /** Of `lived`, in MB an hour. */
  readonly lived: number;
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
  readonly lived: Judged;
  readonly rssAnon: Judged;
  readonly rss: Judged;
  readonly handles: Judged;
  readonly isJournalBounded: boolean;
  /** Mapped pages are those of the program and of the journal's file, of which no more count than twice what it has. */
  readonly isMapBounded: boolean;
}

/** Two standard errors each way. */
const SURE = 2;
/** A file is rounded up, and has room beside the bound for what must always be written: cursors, dead letters, eviction. */
const RESERVE = 1.25;
const RESERVE_MB = 24;
/** Cursors, ids' leavings and dead letters may stand beside the entries, which alone `max_bytes` bounds: half of the least reserve. */
const BESIDE_MB = 4;
/** lmdb maps the file anew when it has doubled and keeps the maps before: together as much as the newest, the same pages once more. */
const MAPS = 2;
/** Mapped pages of the program are brought in as its code is run. */
const PROGRAM_MB = 80;

/** Memory by its floor, as backlogs come and go, and without the ids, which grow until their hour is over; handles by their mean. */
const JUDGED = { lived: floorSlopeOf, rssAnon: floorSlopeOf, rss: floorSlopeOf, handles: slopeOf } as const;

/** Over the second half: in the first, the heap finds its size and the journal fills. */
export function verdictOf(samples: readonly Sample[], bounds: Bounds): Verdict {
  const end = samples.at(-1)?.hours ?? 0;
  const settled = samples.filter(({ hours }) => hours >= end / 2);
  const judge = (key: keyof typeof JUDGED): Judged => {
    const points = settled.flatMap(({ hours, ids, [key]: value }) =>
      value === undefined ? [] : [{ hours, value: key === 'handles' ? value : value - ids }],
    );
    const slope = JUDGED[key](points);
    return { ...slope, bound: bounds[key], trend: trendOf(slope, bounds[key]) };
  };
  return {
    lived: judge('lived'),
    rssAnon: judge('rssAnon'),
    rss: judge('rss'),
    handles: judge('handles'),
    isMapBounded: samples.length > 0 && samples.every(({ rssFile, disk }) => rssFile <= MAPS * disk + PROGRAM_MB),
    isJournalBounded:
      samples.length > 0 &&
      samples.every(
        ({ journal, disk }) => journal <= bounds.journal + BESIDE_MB && disk <= bounds.journal * RESERVE + RESERVE_MB,
      ),
  };
}

function trendOf({ perHour, error }: Slope, bound: number): Trend {
  if (perHour + SURE * error <= bound) return 'flat';
  return perHour - SURE * error > bound ? 'rising' : 'unsure';
}
