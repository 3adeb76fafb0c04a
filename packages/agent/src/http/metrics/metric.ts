/**
 * What one metric is: its name and meaning, a query that is of use, and how its samples come out of a status. The lists are
 * in `feed.ts`, `sink.ts`, `journal.ts` and `relay.ts`; `docs/METRICS.md` is made of them.
 */
import type { RelayStatus } from '@audit-relay/core';

export type Labels = Readonly<Record<string, string>>;
export type Labelled<Thing> = readonly [labels: Labels, thing: Thing];
/** One value with its labels; an unknown value is left out, never written as 0. */
export type Sample = Labelled<number | undefined>;

export type SourceStatus = RelayStatus['sources'][string];
export type FeedStatus = NonNullable<SourceStatus['feeds']['organization']>;
export type LaneStatus = RelayStatus['lanes'][string];
export type LaneStats = RelayStatus['journal']['lanes'][string];

/** What runs the relay; taken by the caller so that all this stays pure. */
export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** From what samples are made. */
export interface Scraped {
  readonly status: RelayStatus;
  readonly process: ProcessFigures;
}

/** One series of a distribution. `buckets` ascend, and each counts those below it too; the unit is the metric's. */
export interface Series {
  readonly labels: Labels;
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

interface Described {
  /** After `audit_relay_`, with its unit. A name that ends in `_total` is a counter. */
  readonly name: string;
  readonly help: string;
  /** PromQL, with the metric's whole name. */
  readonly query: string;
  /** In the order in which they are written. */
  readonly labels: readonly string[];
}

export interface PlainMetric extends Described {
  samples(scraped: Scraped): readonly Sample[];
}

export interface HistogramMetric extends Described {
  series(scraped: Scraped): readonly Series[];
}

/** A counter, a gauge or a histogram. */
export type Metric = PlainMetric | HistogramMetric;

/** One number of each thing of a kind. */
export type Figure<Thing> = Omit<PlainMetric, 'samples' | 'labels'> & { value(thing: Thing): number | undefined };

/** Metrics of one number each, over all things of a kind. */
export function over<Thing>(
  labels: readonly string[],
  things: (scraped: Scraped) => readonly Labelled<Thing>[],
  figures: readonly Figure<Thing>[],
): readonly PlainMetric[] {
  return figures.map(({ value, ...rest }) => ({
    ...rest,
    labels,
    samples: (scraped) => things(scraped).map(([of, thing]): Sample => [of, value(thing)]),
  }));
}

export function labelled<Thing>(label: string, things: Readonly<Record<string, Thing>>): readonly Labelled<Thing>[] {
  return Object.entries(things).map(([name, thing]) => [{ [label]: name }, thing]);
}

/** Of names that come from outside so many are told apart in one series; the rest are counted together. */
export const MOST_NAMES = 40;
const OTHERS = '(others)';

/** One sample for each name, and never more than `MOST_NAMES` and one: a peer must not be able to make series without end. */
export function byName(label: string, labels: Labels, counts: Readonly<Record<string, number>>): readonly Sample[] {
  const entries = Object.entries(counts);
  const rest = entries.slice(MOST_NAMES).reduce((sum, [, count]) => sum + count, 0);
  const named = entries.slice(0, MOST_NAMES).map(([name, count]): Sample => [{ ...labels, [label]: name }, count]);
  return entries.length > MOST_NAMES ? [...named, [{ ...labels, [label]: OTHERS }, rest]] : named;
}

/** One sample for each state that there is: 1 for the present one, 0 for the others, so that no series ends with a change. */
export function states(
  label: string,
  { labels, all, now }: { readonly labels: Labels; readonly all: readonly string[]; readonly now: string | undefined },
): readonly Sample[] {
  return all.map((state): Sample => [{ ...labels, [label]: state }, state === now ? 1 : 0]);
}

export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
