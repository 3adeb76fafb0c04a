/**
 * What was to be journaled once more, by the checkpoints that said so, and what was: the part of the `oracle.ts` that
 * holds `backfill --again` to its word. Each event that the journal had by then comes once for each time it was asked for.
 */
import type { Checkpoint, Entry, Feed, Span } from './core.ts';

/** A stretch of time that a commit has put among what is to be journaled once more. */
interface Wanted {
  readonly feed: Feed;
  /** Seconds. */
  readonly span: Span;
  readonly commit: number;
}

/** An event as the journal had it first. */
export interface Known {
  readonly id: string;
  readonly feed: Feed;
  readonly seconds: number;
  readonly commit: number;
}

export class ReIngests {
  readonly #wanted: Wanted[] = [];
  /** By id. */
  readonly #times = new Map<string, number>();

  /** How many stretches of time were asked for. */
  get count(): number {
    return this.#wanted.length;
  }

  /** How many entries were journaled once more. */
  get entries(): number {
    return [...this.#times.values()].reduce((sum, times) => sum + times, 0);
  }

  /** One commit, with what it has journaled. */
  note(
    { feed, commit, journaled }: { readonly feed: Feed; readonly commit: number; readonly journaled: readonly Entry[] },
    before: Checkpoint | undefined,
    after: Checkpoint,
  ): void {
    for (const span of withoutSpans(after.again ?? [], before?.again ?? [])) this.#wanted.push({ feed, span, commit });
    for (const { id, again } of journaled) if (again === true) this.#times.set(id, (this.#times.get(id) ?? 0) + 1);
  }

  /** What is wrong, one sentence each. `known`: events whose time has never been another, of feeds that hid nothing. */
  complaints(known: readonly Known[]): readonly string[] {
    return known.flatMap(({ id, feed, seconds, commit }) => {
      const asked = this.#wanted.filter(
        (one) => one.feed === feed && one.span.from <= seconds && seconds < one.span.to,
      );
      // Had it by then: what came to that time later may have come with that reading.
      const due = asked.filter((one) => one.commit > commit).length;
      const times = this.#times.get(id) ?? 0;
      if (times >= due && times <= asked.length) return [];
      return [`${id} of ${seconds} was journaled once more ${times} times, and was to be ${due} times`];
    });
  }
}

/** What of `spans` lies in none of `others`. */
export function withoutSpans(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  return spans.flatMap((span) =>
    others.reduce<readonly Span[]>(
      (rest, { from, to }) =>
        rest
          .flatMap((part) => [
            { from: part.from, to: Math.min(part.to, from) },
            { from: Math.max(part.from, to), to: part.to },
          ])
          .filter((part) => part.from < part.to),
      [span],
    ),
  );
}
