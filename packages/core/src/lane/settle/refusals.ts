/**
 * When it is not the events: so many refused one after another without one that was taken. Stands between the table of
 * `outcome.ts` and `judge.ts`, and keeps a peer that refuses whatever comes from emptying the journal into dead letters.
 */

import type { Part } from '../part.ts';
import { type Backoff, type Dead, firstNumber, type PartOutcome } from './outcome.ts';

/** Set aside in a row, at most. */
const MOST_IN_A_ROW = 100;

export class Refusals {
  #inARow: number;

  /** @param inARow how many an earlier process had set aside since the last ack */
  constructor(inARow: number) {
    this.#inARow = inARow;
  }

  /** Events set aside since the last ack, 0 to 100: the cursor keeps it, so that a restart does not begin anew. */
  get inARow(): number {
    return this.#inARow;
  }

  /**
   * Counts what the outcome of `part` refuses. Past the bound nothing is set aside: what is refused waits, each event on
   * its own so that the next ones have their turn, and the lane is blocked until one is taken.
   */
  judge(part: Part, outcome: PartOutcome, backoff: Backoff): PartOutcome {
    // Dead letters that go again are set aside already: that they still are refused tells nothing new.
    if (part.items[0]?.deadLetter !== undefined) return outcome;
    if (outcome.acked.length > 0) {
      this.#inARow = 0;
      return outcome;
    }
    const { again, reason = '', verdict } = outcome;
    const dead = outcome.dead.filter(({ unasked }) => unasked !== true);
    const left = MOST_IN_A_ROW - this.#inARow;
    this.#inARow += Math.min(dead.length, left);
    if (this.#inARow < MOST_IN_A_ROW || verdict === 'failed' || verdict === 'unasked') return outcome;
    const withheld = dead.slice(left);
    return {
      ...outcome,
      // A batch that is being searched goes out part by part, as slowly as any probe.
      verdict: 'blocked',
      reason: verdict === 'blocked' ? reason : inWords(dead.at(-1)?.reason ?? reason),
      dead: outcome.dead.filter((each) => !withheld.includes(each)),
      again: [...again, ...withheld.map((each) => waiting(part, each, backoff))].sort(
        (a, b) => firstNumber(a) - firstNumber(b),
      ),
    };
  }
}

function inWords(last: string): string {
  return `${MOST_IN_A_ROW} events in a row were refused and none was taken, so it is not the events: ${last}`;
}

function waiting(part: Part, { item, attempts }: Dead, backoff: Backoff): Part {
  const tries = part.tries + 1;
  return { ...part, items: [item], sends: attempts, tries, waitMs: Math.max(1, backoff(tries)) };
}
