/**
 * In which order a lane was given entries of several partitions. It hands back places of that order alone, while a cursor of
 * Kafka's is one of a partition: this is what leads from the one to the other. No order between partitions is promised or kept.
 */
import type { Position } from '@audit-relay/core/journal';

/** Numbers are those of entries in their partition, from 1. */
interface Run {
  readonly partition: number;
  readonly first: number;
  last: number;
}

/** A stretch of a partition's entries, both ends included. */
export interface Stretch {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

export function positionOf(partition: number, number: number): Position {
  // The one place that makes a position: outside of the journal it is opaque.
  return `${partition}:${number}` as Position;
}

/** A place of the order, parsed. */
interface Place {
  readonly partition: number;
  readonly number: number;
}

function placeOf(position: Position): Place {
  const [partition, number] = position.split(':').map(Number);
  if (partition === undefined || number === undefined) throw new Error('not a position of this journal');
  return { partition, number };
}

export class ReadOrder {
  /** Runs of one partition each, in the order in which they were given, but for those that were forgotten. */
  readonly #runs: Run[] = [];
  /** Index of each run among all that ever were, so that those of one partition can be searched. */
  #forgotten = 0;
  readonly #byPartition = new Map<number, { readonly run: Run; readonly index: number }[]>();
  /** Last entry of each partition in the runs that were forgotten. */
  readonly #before = new Map<number, number>();

  /** The next one that the lane is given; of one partition in ascending order, those that it is not given left out. */
  add(partition: number, number: number): void {
    const open = this.#runs.at(-1);
    if (open?.partition === partition) {
      open.last = number;
      return;
    }
    const run = { partition, first: number, last: number };
    const all = this.#byPartition.get(partition) ?? [];
    all.push({ run, index: this.#forgotten + this.#runs.length });
    this.#byPartition.set(partition, all);
    this.#runs.push(run);
  }

  /** The last entry of each partition that was given up to and with `position`. */
  upTo(position: Position): ReadonlyMap<number, number> {
    return this.#vector(placeOf(position), true);
  }

  /** Of each partition what lies between two places, both included: with what was left out between, without what nobody was given. */
  between(first: Position, last: Position): readonly Stretch[] {
    const before = this.#vector(placeOf(first), false);
    const end = this.#vector(placeOf(last), true);
    return [...end].flatMap(([partition, number]) => {
      const from = (before.get(partition) ?? this.#firstOf(partition) - 1) + 1;
      return number < from ? [] : [{ partition, first: from, last: number }];
    });
  }

  /** Nothing before `position` is asked for again. */
  forget(position: Position): void {
    const at = this.#indexOf(placeOf(position)) - this.#forgotten;
    for (const run of this.#runs.splice(0, at)) {
      this.#before.set(run.partition, run.last);
      this.#byPartition.get(run.partition)?.shift();
    }
    this.#forgotten += at;
  }

  #firstOf(partition: number): number {
    return this.#byPartition.get(partition)?.[0]?.run.first ?? 1;
  }

  #vector(place: Place, isIncluded: boolean): Map<number, number> {
    const index = this.#indexOf(place);
    const vector = new Map(this.#before);
    for (const [partition, all] of this.#byPartition) {
      const before = all[lowerBound(all, (one) => one.index >= index) - 1];
      if (before !== undefined) vector.set(partition, before.run.last);
    }
    vector.set(place.partition, isIncluded ? place.number : place.number - 1);
    return vector;
  }

  /** Of the run that holds it. */
  #indexOf({ partition, number }: Place): number {
    const all = this.#byPartition.get(partition) ?? [];
    const found = all[lowerBound(all, ({ run }) => run.last >= number)];
    if (found === undefined || number < found.run.first)
      throw new Error(`nobody was given entry ${number} of partition ${partition}`);
    return found.index;
  }
}

/** Index of the first that `isPast`; those before are not. */
function lowerBound<T>(all: readonly T[], isPast: (one: T) => boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = all[middle];
    if (one === undefined || isPast(one)) high = middle;
    else low = middle + 1;
  }
  return low;
}
