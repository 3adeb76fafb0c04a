/**
 * A `Date` that fits no other clock, until it has held for half an hour of answers. Where several such differ, as with
 * two backends, the one counts that is nearest to what was believed. `clock.ts` asks it.
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

/** So long a `Date` must hold. */
const BELIEVED_AFTER_MS = 1_800_000;
/** A longer pause between two answers counts as so much: what it said meanwhile nobody knows. */
const LONGEST_PAUSE_MS = 600_000;

interface Doubted {
  readonly nearest: Reading;
  /** How far the nearest is from what was believed when it came. */
  readonly byMs: number;
  readonly heldMs: number;
  readonly atMs: number;
}

export class Doubt {
  #doubted: Doubted | undefined;

  /** An answer `byMs` ahead of what is believed. Gives what is to be believed from now on; undefined: nothing yet. */
  note(reading: Reading, { byMs, nowMs }: { readonly byMs: number; readonly nowMs: number }): Reading | undefined {
    const last = this.#doubted;
    if (last === undefined || last.byMs > 0 !== byMs > 0) {
      this.#doubted = { nearest: reading, byMs, heldMs: 0, atMs: nowMs };
      return undefined;
    }
    const heldMs = last.heldMs + Math.min(nowMs - last.atMs, LONGEST_PAUSE_MS);
    const isNearer = Math.abs(byMs) <= Math.abs(last.byMs);
    const { nearest } = isNearer ? { nearest: reading } : last;
    this.#doubted = { nearest, byMs: isNearer ? byMs : last.byMs, heldMs, atMs: nowMs };
    return heldMs >= BELIEVED_AFTER_MS ? nearest : undefined;
  }

  /** An answer fits. */
  end(): void {
    this.#doubted = undefined;
  }

  /** What time the doubted one says it is, in seconds. Undefined: nothing is in doubt. */
  seconds(elapsedMs: number): number | undefined {
    return this.#doubted === undefined ? undefined : Math.floor((this.#doubted.nearest.leastMs + elapsedMs) / 1000);
  }
}
