/** What `status --watch` remembers from look to look: how many events a second came in and went out, and how that went on. */
import type { RelayStatus } from '@audit-relay/core';

/** As many looks as the widest line shows. */
const MOST = 200;

/** Of one feed or sink: a rate for each look, the newest last; undefined where it is not known. */
export type Rates = readonly (number | undefined)[];

export class History {
  readonly #rates = new Map<string, (number | undefined)[]>();
  #counts = new Map<string, number>();
  #atMs: number | undefined;

  /** @param atMs by a clock that nobody sets. */
  add(live: RelayStatus | undefined, atMs: number): void {
    const seconds = this.#atMs === undefined ? 0 : (atMs - this.#atMs) / 1_000;
    const counts = live === undefined ? new Map<string, number>() : countsOf(live);
    for (const key of new Set([...this.#rates.keys(), ...counts.keys()])) {
      const [before, now] = [this.#counts.get(key), counts.get(key)];
      // A count that has become less began anew.
      const isKnown = before !== undefined && now !== undefined && now >= before && seconds > 0;
      const rates = this.#rates.get(key) ?? [];
      rates.push(isKnown ? (now - before) / seconds : undefined);
      this.#rates.set(key, rates.slice(-MOST));
    }
    this.#counts = counts;
    this.#atMs = atMs;
  }

  feed(source: string, feed: string): Rates {
    return this.#rates.get(feedKey(source, feed)) ?? [];
  }

  sink(sink: string): Rates {
    return this.#rates.get(sinkKey(sink)) ?? [];
  }
}

function countsOf({ sources, lanes }: RelayStatus): Map<string, number> {
  const feeds = Object.entries(sources).flatMap(([source, one]) =>
    Object.entries(one.feeds).map(([feed, { journaled }]) => [feedKey(source, feed), journaled] as const),
  );
  const sinks = Object.entries(lanes).map(([sink, { acked }]) => [sinkKey(sink), acked] as const);
  return new Map([...feeds, ...sinks]);
}

function feedKey(source: string, feed: string): string {
  return `feed ${source}/${feed}`;
}

function sinkKey(sink: string): string {
  return `sink ${sink}`;
}
