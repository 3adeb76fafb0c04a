/** What a lane has settled: pure bookkeeping from numbered entries to the cursor that the journal saves. */
import type { Cursor, Position, SettledAs, SettledCounts } from '../../journal/journal.ts';
import type { Held } from '../held.ts';

/** More ranges than these are remembered in memory only; after a crash they go out again as replay. */
const RANGES_SAVED = 64;

/** An entry of the journal, as the lane counts it. */
export type Numbered = Pick<Held, 'number' | 'partition'> & { readonly position: Position };

/** Grows in place: made anew for each entry of a batch that was answered before an earlier one it took 0.2 µs an entry, and takes 0.03. */
interface Range {
  first: Held['number'];
  last: Held['number'];
  firstPosition: Position;
  lastPosition: Position;
  /** The range's own. */
  readonly counts: Record<string, number>;
}

export class Settled {
  /** Everything before it is settled. */
  #next = 1;
  #position: Position | undefined;
  /** What became of everything before `#next`. */
  readonly #counts: Record<string, number> = {};
  /** After `#next`, ascending, disjoint, never touching. */
  readonly #ranges: Range[] = [];

  /** The number of the first entry that is not settled. */
  get next(): number {
    return this.#next;
  }

  /** Each entry once; any order. */
  add({ number, position, partition }: Numbered, settledAs: SettledAs): void {
    const how = partition === undefined ? settledAs : `${partition}/${settledAs}`;
    if (number === this.#next) {
      this.#next = number + 1;
      this.#position = position;
      count(this.#counts, how, 1);
      this.#advance();
      return;
    }
    const at = this.#indexAfter(number);
    const [before, after] = [this.#ranges[at - 1], this.#ranges[at]];
    if (before?.last === number - 1) {
      before.last = number;
      before.lastPosition = position;
      count(before.counts, how, 1);
      if (after?.first === number + 1) this.#join(before, at);
    } else if (after?.first === number + 1) {
      after.first = number;
      after.firstPosition = position;
      count(after.counts, how, 1);
    } else {
      const range = {
        first: number,
        last: number,
        firstPosition: position,
        lastPosition: position,
        counts: { [how]: 1 },
      };
      this.#ranges.splice(at, 0, range);
    }
  }

  /** The range at `at` begins where the one before it ends. */
  #join(before: Range, at: number): void {
    for (const { last, lastPosition, counts } of this.#ranges.splice(at, 1)) {
      before.last = last;
      before.lastPosition = lastPosition;
      addCounts(before.counts, counts);
    }
  }

  /**
   * What may be saved. A range that ends past the reach is left out: after a start the journal then
   * skips nothing past its reach, so that counting on from there counts the same entries as we do. What became of an entry
   * is saved with what calls it settled, so that one which goes out again after a crash is not counted twice.
   */
  cursor(reach: number): Omit<Cursor, 'refusals'> {
    const settled = this.#ranges
      .filter(({ last }) => last <= reach)
      .slice(0, RANGES_SAVED)
      .map(({ firstPosition, lastPosition, counts }) => ({
        first: firstPosition,
        last: lastPosition,
        counts: { ...counts },
      }));
    const counts = { ...this.#counts };
    return this.#position === undefined ? { settled, counts } : { position: this.#position, settled, counts };
  }

  #advance(): void {
    const [first] = this.#ranges;
    if (first?.first !== this.#next) return;
    this.#next = first.last + 1;
    this.#position = first.lastPosition;
    addCounts(this.#counts, first.counts);
    this.#ranges.shift();
  }

  /** Where a range that holds `number` alone would stand. */
  #indexAfter(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.first ?? number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function addCounts(total: Record<string, number>, counts: SettledCounts): void {
  for (const [way, number] of Object.entries(counts)) count(total, way, number);
}

function count(counts: Record<string, number>, way: string, number: number): void {
  counts[way] = (counts[way] ?? 0) + number;
}
