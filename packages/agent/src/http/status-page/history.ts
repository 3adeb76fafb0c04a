/**
 * The last hour in a few hundred samples, so that whoever opens the status page sees how it came to be as it is. Kept by a
 * clock that nobody sets; bounded in memory however many sinks there are.
 */
import type { RelayStatus } from '@audit-relay/core';

/** Of one sink: events acked since the start; behind by events and by milliseconds; live deliveries and their seconds. */
export type LaneSample = readonly [acked: number, behind: number, behindMs: number, delivered: number, seconds: number];

export interface Sample {
  readonly elapsedMs: number;
  /** Events journaled since the start, of all feeds. */
  readonly journaled: number;
  readonly lanes: Readonly<Record<string, LaneSample>>;
}

/** How long lies between two samples, in milliseconds. */
export const EVERY_MS = 10_000;
const MAX_SAMPLES = 360;
/** Of all samples together. */
const MAX_NUMBERS = 40_000;

export class History {
  readonly #samples: Sample[] = [];

  add(status: RelayStatus, now: { readonly atMs: number; readonly elapsedMs: number }): void {
    const sample = sampleOf(status, now);
    const each = 2 + 5 * Object.keys(sample.lanes).length;
    const most = Math.max(2, Math.min(MAX_SAMPLES, Math.floor(MAX_NUMBERS / each)));
    this.#samples.push(sample);
    if (this.#samples.length > most) this.#samples.splice(0, this.#samples.length - most);
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }
}

/** The page makes the same of each status that it gets. */
export function sampleOf(
  { sources, lanes, journal }: Pick<RelayStatus, 'sources' | 'lanes' | 'journal'>,
  { atMs, elapsedMs }: { readonly atMs: number; readonly elapsedMs: number },
): Sample {
  const feeds = Object.values(sources).flatMap(({ feeds: each }) => Object.values(each));
  const entries = Object.entries(lanes).map(([name, lane]): [string, LaneSample] => {
    const { behindEntries = 0, behindSinceMs = atMs } = journal.lanes[name] ?? {};
    const { count, sumSeconds } = lane.delivery.live;
    return [name, [lane.acked, behindEntries, Math.max(0, atMs - behindSinceMs), count, sumSeconds]];
  });
  return {
    elapsedMs: Math.round(elapsedMs),
    journaled: feeds.reduce((sum, feed) => sum + feed.journaled, 0),
    lanes: Object.fromEntries(entries),
  };
}
