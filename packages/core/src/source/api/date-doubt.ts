/**
 * A `Date` that fits no other clock, until it has held for half an hour of answers. Where several such come in turns, as
 * from two backends, the one counts that is nearest to what was believed. `server-clock.ts` asks it.
 */
import type { Runtime } from '../../runtime.ts';

/** One `Date` as differences to clocks that go on by themselves, in milliseconds. */
export interface Reading {
  /** Server time less the monotonic clock: at least … */
  readonly leastMs: number;
  /** … and at most, as a `Date` is cut to seconds and was made at any moment between question and answer. */
  readonly mostMs: number;
  /** Server time less this host's. */
  readonly aheadMs: number;
}

export interface DatedAnswer {
  /** Its `Date`, in seconds since the epoch. */
  readonly serverSeconds: number;
  /** When it was asked for, by the monotonic clock. */
  readonly sentMs: number;
}

/** What an answer that has just come says. */
export function readingOf(
  { serverSeconds, sentMs }: DatedAnswer,
  runtime: Pick<Runtime, 'now' | 'elapsedMs'>,
): Reading {
  const serverMs = serverSeconds * 1000;
  const leastMs = serverMs - runtime.elapsedMs();
  return { leastMs, mostMs: Math.max(leastMs, serverMs + 1000 - sentMs), aheadMs: serverMs - runtime.now() };
}

/** By how much a reading is ahead of another, in milliseconds. */
export function differenceIn(reading: Reading, other: Reading): number {
  return reading.leastMs - other.leastMs;
}

/** So long it must hold. */
const BELIEVED_AFTER_MS = 1_800_000;
/** A longer pause between two answers counts as so much: what would have come meanwhile nobody knows. */
const LONGEST_PAUSE_MS = 600_000;
/** Two answers of one server agree when they differ by no more; the rest is the network's and the cut to seconds. */
export const SLACK_MS = 10_000;
/** Backends with clocks of their own; where there seem to be more, nothing holds. */
const MOST_SERVERS = 8;

/** What one server said last, and when that came. */
interface Heard {
  readonly reading: Reading;
  readonly atMs: number;
}

export class Doubt {
  /** One of each server whose time it is; what was not heard again within half an hour is no server's. The latest is last. */
  #heard: readonly Heard[] = [];
  #isAhead = false;
  #heldMs = 0;

  /** An answer `byMs` ahead of what is believed. Gives what is to be believed from now on; undefined: nothing yet. */
  note(reading: Reading, { byMs, nowMs }: { readonly byMs: number; readonly nowMs: number }): Reading | undefined {
    const isAhead = byMs > 0;
    const known = isAhead === this.#isAhead ? this.#heard : [];
    const recent = known.filter(({ atMs }) => nowMs - atMs < BELIEVED_AFTER_MS);
    const others = recent.filter((other) => !isSame(other.reading, reading));
    // Another time than those heard so far, or one on the other side: nothing has held.
    const isNew = others.length === recent.length || others.length >= MOST_SERVERS;
    const lastMs = recent.at(-1)?.atMs ?? nowMs;
    this.#heldMs = isNew ? 0 : this.#heldMs + Math.min(nowMs - lastMs, LONGEST_PAUSE_MS);
    this.#heard = [...(others.length < MOST_SERVERS ? others : []), { reading, atMs: nowMs }];
    this.#isAhead = isAhead;
    if (this.#heldMs < BELIEVED_AFTER_MS) return undefined;
    return this.#heard.map((each) => each.reading).toSorted((a, b) => (isAhead ? 1 : -1) * differenceIn(a, b))[0];
  }

  /** An answer fits. */
  end(): void {
    this.#heard = [];
  }

  /** What is in doubt, the latest last. */
  get readings(): readonly Reading[] {
    return this.#heard.map(({ reading }) => reading);
  }
}

function isSame(known: Reading, reading: Reading): boolean {
  return reading.leastMs <= known.mostMs + SLACK_MS && reading.mostMs >= known.leastMs - SLACK_MS;
}
