/**
 * What a lane has been given of the partitions assigned to this process, and what of that its cursors may say: the state
 * between `LaneJournal` and Kafka, without either.
 */
import { type Cursor, type Entry, isSettled, type JournaledEntry, type StoredCursor } from '@audit-relay/core/journal';
import { positionOf, ReadOrder } from './read-order.ts';
import { cursorsOf, type FoundCursors, reachOf } from './translate.ts';

export class LaneReading {
  readonly #found: FoundCursors;
  readonly #order = new ReadOrder();
  /** Last entry of each partition that was given or passed over. */
  readonly #read = new Map<number, number>();
  readonly #reach = new Map<number, number>();
  #settled: ReadonlyMap<number, StoredCursor>;
  /** Nothing has been given that lies past the reach found for its partition. */
  #isWithinReach = true;

  constructor(found: FoundCursors) {
    this.#found = found;
    this.#settled = found;
    for (const [partition, { position, reach }] of found) {
      this.#read.set(partition, position);
      this.#reach.set(partition, reach);
    }
  }

  has(partition: number): boolean {
    return this.#found.has(partition);
  }

  /** The next entry of a partition that is wanted. */
  next(partition: number): number {
    return (this.#read.get(partition) ?? 0) + 1;
  }

  /**
   * Entries of a partition from number `first` on, as far as they are the lane's. Those before `next` were given already.
   *
   * A lane takes one that is within reach for a word about all that it was given before. Of several partitions that is true
   * only until one was given that is not: from then on none is said to be, and the lane extends the reach itself. What goes out
   * as replay is another matter, and is told of each.
   */
  give(partition: number, first: number, entries: readonly Entry[]): readonly JournaledEntry[] {
    const found = this.#found.get(partition);
    if (found === undefined) throw new Error(`partition ${partition} is not assigned`);
    const given: JournaledEntry[] = [];
    for (const [index, entry] of entries.entries()) {
      const number = first + index;
      if (number < this.next(partition)) continue;
      if (number > this.next(partition))
        throw new Error(`entry ${this.next(partition)} of partition ${partition} is missing`);
      this.#read.set(partition, number);
      if (isSettled(found, number)) continue;
      const mayHaveBeenSent = number <= found.reach;
      this.#isWithinReach &&= mayHaveBeenSent;
      this.#order.add(partition, number);
      given.push({
        position: positionOf(partition, number),
        entry,
        withinReach: this.#isWithinReach,
        replay: mayHaveBeenSent || entry.again === true,
        partition: String(partition),
      });
    }
    return given;
  }

  /** As `LaneJournal.extend`. */
  extend(entries: number): void {
    for (const [partition, found] of this.#found)
      this.#reach.set(partition, reachOf(found, this.#read.get(partition) ?? 0, entries));
  }

  /** As `LaneJournal.save`. */
  save(cursor: Cursor): void {
    this.#settled = cursorsOf(cursor, this.#order, this.#found);
    if (cursor.position !== undefined) this.#order.forget(cursor.position);
  }

  /** What is to be committed now. */
  get cursors(): ReadonlyMap<number, StoredCursor> {
    const all = [...this.#settled].map(
      ([partition, cursor]) => [partition, { ...cursor, reach: this.#reach.get(partition) ?? cursor.reach }] as const,
    );
    return new Map(all);
  }
}
