/** What a lane has settled: pure bookkeeping from numbered entries to the cursor that the journal saves. */
import type { Cursor, Position } from '../journal/journal.ts';
import type { Held } from './held.ts';

/** More ranges than these are remembered in memory only; after a crash they go out again as replay. */
const RANGES_SAVED = 64;

interface Range {
  readonly first: Held['number'];
  readonly last: Held['number'];
  readonly firstPosition: Position;
  readonly lastPosition: Position;
}

export class Settled {
  /** Everything before it is settled. */
  #next = 1;
  #position: Position | undefined;
  /** After `#next`, ascending, disjoint, never touching. */
  readonly #ranges: Range[] = [];

  /** The number of the first entry that is not settled. */
  get next(): number {
    return this.#next;
  }

  /** Each entry once; any order. */
  add({ number, position }: Pick<Held, 'number' | 'position'>): void {
    const at = this.#indexAfter(number);
    const before = this.#ranges[at - 1];
    const after = this.#ranges[at];
    const joinsBefore = before?.last === number - 1;
    const joinsAfter = after?.first === number + 1;
    const start = joinsBefore ? before : { first: number, firstPosition: position };
    const end = joinsAfter ? after : { last: number, lastPosition: position };
    const range: Range = {
      first: start.first,
      firstPosition: start.firstPosition,
      last: end.last,
      lastPosition: end.lastPosition,
    };
    this.#ranges.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), range);
    this.#advance();
  }

  /**
   * What may be saved. A range that ends past the reach is left out: after a start the journal then
   * skips nothing past its reach, so that counting on from there counts the same entries as we do.
   */
  cursor(reach: number): Omit<Cursor, 'refusals'> {
    const settled = this.#ranges
      .filter(({ last }) => last <= reach)
      .slice(0, RANGES_SAVED)
      .map(({ firstPosition, lastPosition }) => ({ first: firstPosition, last: lastPosition }));
    return this.#position === undefined ? { settled } : { position: this.#position, settled };
  }

  #advance(): void {
    const [first] = this.#ranges;
    if (first?.first !== this.#next) return;
    this.#next = first.last + 1;
    this.#position = first.lastPosition;
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
