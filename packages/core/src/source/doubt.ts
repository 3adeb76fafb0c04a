/**
 * A `Date` that fits no other clock, until it has held for half an hour of answers. Where several such come in turns, as
 * from two backends, the one counts that is nearest to what was believed. `clock.ts` asks it.
 */
import type { Runtime } from '../runtime.ts';

/** One `Date` as differences to clocks that go on by themselves, in milliseconds. */
export interface Reading {
  /** Server time less the clock that nobody sets: at least … */
  readonly leastMs: number;
  /** … and at most, as a `Date` is cut to seconds and was made at any moment between question and answer. */
  readonly mostMs: number;
  /** Server time less this host's. */
  readonly aheadMs: number;
}

export interface DatedAnswer {
  /** Its `Date`, in seconds since the epoch. */
  readonly serverSeconds: number;
  /** When it was asked for, by the clock that nobody sets. */
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

export class Doubt {
  /** One of each server whose time it is. */
  #readings: readonly Reading[] = [];
  #isAhead = false;
  #heldMs = 0;
  #atMs = 0;

  /** An answer `byMs` ahead of what is believed. Gives what is to be believed from now on; undefined: nothing yet. */
  note(reading: Reading, { byMs, nowMs }: { readonly byMs: number; readonly nowMs: number }): Reading | undefined {
    const isAhead = byMs > 0;
    const others = this.#readings.filter((known) => !isSame(known, reading));
    // Another time than those seen so far, or one on the other side: nothing has held.
    const isNew = others.length === this.#readings.length || isAhead !== this.#isAhead;
    this.#heldMs = isNew ? 0 : this.#heldMs + Math.min(nowMs - this.#atMs, LONGEST_PAUSE_MS);
    this.#readings = isAhead === this.#isAhead && others.length < MOST_SERVERS ? [...others, reading] : [reading];
    this.#isAhead = isAhead;
    this.#atMs = nowMs;
    return this.#heldMs >= BELIEVED_AFTER_MS ? this.#nearest : undefined;
  }

  /** An answer fits. */
  end(): void {
    this.#readings = [];
  }

  /** What time the doubted one says it is, in seconds. Undefined: nothing is in doubt. */
  seconds(elapsedMs: number): number | undefined {
    const nearest = this.#nearest;
    return nearest === undefined ? undefined : Math.floor((nearest.leastMs + elapsedMs) / 1000);
  }

  get #nearest(): Reading | undefined {
    return this.#readings.toSorted((a, b) => (this.#isAhead ? 1 : -1) * differenceIn(a, b))[0];
  }
}

function isSame(known: Reading, reading: Reading): boolean {
  return reading.leastMs <= known.mostMs + SLACK_MS && reading.mostMs >= known.leastMs - SLACK_MS;
}
