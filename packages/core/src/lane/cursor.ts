/** What a lane has settled: pure bookkeeping from numbered entries to the cursor that the journal saves. */
import type { Cursor, Position, SettledAs, SettledCounts } from '../journal/journal.ts';
import type { Held } from './held.ts';

/** More ranges than these are remembered in memory only; after a crash they go out again as replay. */
const RANGES_SAVED = 64;

/** An entry of the journal, as the lane counts it. */
export type Numbered = Pick<Held, 'number'> & { readonly position: Position };

interface Range {
  readonly first: Held['number'];
  readonly last: Held['number'];
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly counts: SettledCounts;
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
  add({ number, position }: Numbered, how: SettledAs): void {
    if (number === this.#next) {
      this.#pass({ last: number, lastPosition: position, counts: { [how]: 1 } });
      this.#advance();
      return;
    }
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
      counts: sum([joinsBefore ? before.counts : {}, { [how]: 1 }, joinsAfter ? after.counts : {}]),
    };
    this.#ranges.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), range);
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
      .map(({ firstPosition, lastPosition, counts }) => ({ first: firstPosition, last: lastPosition, counts }));
    const counts = { ...this.#counts };
    return this.#position === undefined ? { settled, counts } : { position: this.#position, settled, counts };
  }

  #advance(): void {
    const [first] = this.#ranges;
    if (first?.first !== this.#next) return;
    this.#pass(first);
    this.#ranges.shift();
  }

  #pass({ last, lastPosition, counts }: Pick<Range, 'last' | 'lastPosition' | 'counts'>): void {
    this.#next = last + 1;
    this.#position = lastPosition;
    for (const [way, count] of Object.entries(counts)) this.#counts[way] = (this.#counts[way] ?? 0) + count;
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

function sum(all: readonly SettledCounts[]): SettledCounts {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [way, count] of Object.entries(counts)) total[way] = (total[way] ?? 0) + count;
  }
  return total;
}
