/**
 * Holds a relay's journal against the simulator's own truth. What is demanded: every event of a feed that happened
 * after its start and became visible within `sweep` of its time is there, once, and never was a second called read
 * before what it showed was there.
 */
import type { TruthRow } from '@audit-relay/openai-simulator';
import type { Feed, Span } from './core.ts';
import type { Beginning, Claim, Oracle, Written } from './oracle.ts';
import type { Known } from './re-ingests.ts';

export interface Demands {
  readonly truth: readonly TruthRow[];
  readonly sweepS: number;
  /** The server's `Date` less the clock of its events, in milliseconds. */
  readonly skewMs: number;
  /** What was in the log by then was there since its own time, in milliseconds. */
  readonly bornMs: number;
  /** An empty list hid everything until then, in milliseconds; 0: it never did. */
  readonly hiddenUntilMs: Readonly<Record<Feed, number>>;
  /** `backfill_start_time`, in seconds. */
  readonly startS: number | undefined;
  /** It was told only after the feeds had begun: a start of their own that lies before it stays. */
  readonly isStartToldLater: boolean;
  /** When this host's clock was set, in milliseconds of virtual time. */
  readonly hostClockSets: readonly number[];
  /** When the server told a wrong time, in seconds. */
  readonly wrongDates: readonly Span[];
}

export interface Verdict {
  /** Events that had to be in the journal. */
  readonly demanded: number;
  /** Ids that had to be there and are not. */
  readonly lost: readonly string[];
  /** Ids that are there more than once. */
  readonly doubled: readonly string[];
  /** Ids that lie before their feed's start, or that no feed ever had. */
  readonly unasked: readonly string[];
  /** Whatever else was broken, one sentence each. */
  readonly broken: readonly string[];
  /** Visible later than `sweep` allows: how many, and how many of them were found all the same. */
  readonly late: { readonly events: number; readonly found: number };
}

/**
 * A start that only the host's clock knows is put into server time by the first answer: never late, and early by three
 * times the part of a second that is cut off, and by the time from that answer's `Date` to its arrival.
 */
const START_EARLY_S = 33;

export function judge(oracle: Oracle, demands: Demands): Verdict {
  const journaled = new Map<string, Written>();
  const doubled: string[] = [];
  for (const written of oracle.written) {
    const { id, again } = written.entry;
    if (!journaled.has(id)) journaled.set(id, written);
    else if (again !== true) doubled.push(id);
  }
  const rows = withIds(demands.truth);
  const sorted = rows.map((row) => ({ row, kind: kindOf(row, oracle, demands) }));
  const due = sorted.filter(({ kind }) => kind === 'due');
  const late = sorted.filter(({ kind }) => kind === 'late');
  const askedFor = new Set(sorted.filter(({ kind }) => kind !== 'early').map(({ row }) => row.id));
  return {
    demanded: due.length,
    lost: due.filter(({ row }) => !journaled.has(row.id)).map(({ row }) => row.id),
    doubled,
    unasked: [...journaled.keys()].filter((id) => !askedFor.has(id)),
    broken: [
      ...oracle.broken,
      ...aheadOf(oracle.claims, rows, { journaled, demands }),
      ...startsOf(oracle, demands),
      ...oracle.reIngests.complaints(steady(rows, { journaled, demands })),
    ],
    late: { events: late.length, found: late.filter(({ row }) => journaled.has(row.id)).length },
  };
}

interface Row extends TruthRow {
  readonly id: string;
}

function withIds(truth: readonly TruthRow[]): readonly Row[] {
  return truth.flatMap((row) => (row.id === null ? [] : [{ ...row, id: row.id }]));
}

/** `early`: before the feed's start. `late`: shown too late to be promised. */
function kindOf(row: Row, { checkpoints }: Oracle, demands: Demands): 'due' | 'early' | 'late' {
  const { sweepS, skewMs, hiddenUntilMs, bornMs } = demands;
  const startS = checkpoints.get(row.feed)?.startSeconds ?? Number.POSITIVE_INFINITY;
  if (row.effectiveAt < startS) return (row.firstAt ?? row.effectiveAt) < startS ? 'early' : 'late';
  const shownMs = row.visibleAtMs <= bornMs ? row.effectiveAt * 1000 : row.visibleAtMs;
  const visibleMs = Math.max(shownMs, hiddenUntilMs[row.feed]) + skewMs;
  return visibleMs - row.effectiveAt * 1000 <= sweepS * 1000 ? 'due' : 'late';
}

/** The checkpoint is never ahead: what a commit calls read, and the relay was shown, is journaled by then. */
function aheadOf(
  claims: readonly Claim[],
  rows: readonly Row[],
  { journaled, demands }: { readonly journaled: ReadonlyMap<string, Written>; readonly demands: Demands },
): readonly string[] {
  const byFeed = new Map<Feed, readonly Row[]>();
  for (const feed of ['organization', 'tenant'] as const) {
    const ofFeed = rows.filter((row) => row.feed === feed);
    byFeed.set(
      feed,
      ofFeed.toSorted((a, b) => a.effectiveAt - b.effectiveAt),
    );
  }
  return claims
    .filter(({ feed, shownMs }) => shownMs > demands.hiddenUntilMs[feed])
    .flatMap(({ feed, span, commit, shownMs }) =>
      rowsIn(byFeed.get(feed) ?? [], span)
        .filter(
          ({ id, visibleAtMs }) =>
            visibleAtMs <= shownMs && (journaled.get(id)?.commit ?? Number.POSITIVE_INFINITY) > commit,
        )
        .map(
          ({ id, effectiveAt }) =>
            `commit ${commit} calls ${span.from}..${span.to} of ${feed} read without ${id} of ${effectiveAt}`,
        ),
    );
}

/** Events as the journal had them first: of one time and one feed, and never hidden. */
function steady(
  rows: readonly Row[],
  { journaled, demands }: { readonly journaled: ReadonlyMap<string, Written>; readonly demands: Demands },
): readonly Known[] {
  const once = new Set<string>();
  const ofBoth = new Set<string>();
  for (const { id } of rows) (once.has(id) ? ofBoth : once).add(id);
  return rows.flatMap(({ id, feed, effectiveAt, firstAt }) => {
    const written = journaled.get(id);
    const isSteady = firstAt === undefined && !ofBoth.has(id) && demands.hiddenUntilMs[feed] === 0;
    if (written === undefined || !isSteady) return [];
    return [{ id, feed, seconds: Math.floor(effectiveAt), commit: written.commit }];
  });
}

/** Of rows in order of time, those within the span. */
function rowsIn(rows: readonly Row[], span: Claim['span']): readonly Row[] {
  return rows.slice(countBefore(rows, span.from), countBefore(rows, span.to));
}

function countBefore(rows: readonly Row[], seconds: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.effectiveAt ?? 0) < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A start is where it was told to be, or when the feed first began by the server's clock: never later, and earlier only
 * where no clock could know.
 */
function startsOf({ beginnings, checkpoints }: Oracle, demands: Demands): readonly string[] {
  const { startS, isStartToldLater, skewMs } = demands;
  return [...beginnings].flatMap(([feed, beginning]) => {
    const start = checkpoints.get(feed)?.startSeconds ?? Number.NaN;
    if (start === startS) return [];
    if (startS !== undefined && !(isStartToldLater && start < startS)) {
      return [`${feed} starts at ${start}, not at ${startS}`];
    }
    const begunS = (beginning.begunMs + skewMs) / 1000;
    const isEarly = start < begunS - START_EARLY_S && isKnowable(beginning, demands);
    return start <= begunS && !isEarly ? [] : [`${feed} starts at ${start}, though it began at ${begunS}`];
  });
}

/** One process has waited for the first answer, by clocks that nobody set. */
function isKnowable(
  { begunMs, settledMs = Number.POSITIVE_INFINITY, isRestarted }: Beginning,
  { hostClockSets, wrongDates }: Demands,
): boolean {
  if (isRestarted === true || hostClockSets.some((setMs) => begunMs < setMs && setMs <= settledMs)) return false;
  return !wrongDates.some(({ from, to }) => from * 1000 <= settledMs && begunMs <= to * 1000);
}

/** What is wrong, one sentence each; empty when every promise was kept. */
export function complaints({ lost, doubled, unasked, broken }: Omit<Verdict, 'demanded' | 'late'>): readonly string[] {
  const lists = { lost, doubled, 'journaled unasked': unasked };
  const named = Object.entries(lists).filter(([, ids]) => ids.length > 0);
  return [...named.map(([what, ids]) => `${ids.length} ${what}: ${shortened(ids).join(', ')}`), ...shortened(broken)];
}

function shortened(list: readonly string[]): readonly string[] {
  return list.length <= MOST_NAMED ? list : [...list.slice(0, MOST_NAMED), `and ${list.length - MOST_NAMED} more`];
}

const MOST_NAMED = 3;
