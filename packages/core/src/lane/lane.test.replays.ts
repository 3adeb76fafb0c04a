/** Replays in memory, as the journal keeps them: beside `lane.test.world.ts`. */

import type { Entry } from '../entry.ts';
import type { Position, SettledCounts } from '../journal/journal.ts';
import type { LaneReplays } from '../journal/replay.ts';
import { Signal } from '../signal.ts';

interface Order {
  readonly entries: readonly Entry[];
  readonly overwrite: boolean;
  readonly askedMs: number;
  readonly end: AbortController;
  /** How many of the entries are done with, and what became of them. */
  done: number;
  counts: SettledCounts;
  isOver: boolean;
}

/** What would be on disk; a `reader` is one life's. */
export class MemoryReplays {
  readonly orders: Order[] = [];
  readonly #asked = new Signal();

  begin(entries: readonly Entry[], overwrite: boolean = false): Order {
    const askedMs = this.orders.length + 1;
    const order = { entries, overwrite, askedMs, end: new AbortController(), done: 0, counts: {}, isOver: false };
    this.orders.push(order);
    this.#asked.notify();
    return order;
  }

  /** @param portion entries given at a time. */
  reader(portion: number = 7): LaneReplays {
    /** By order: how far it was when this life took it up, and how far it has given. */
    const lives = new Map<number, { found: number; counts: SettledCounts; given: number }>();
    const lifeOf = (order: Order): { found: number; counts: SettledCounts; given: number } => {
      const life = lives.get(order.askedMs) ?? { found: order.done, counts: order.counts, given: order.done };
      lives.set(order.askedMs, life);
      return life;
    };
    return {
      next: async (_maxBytes, signal) => {
        for (;;) {
          signal.throwIfAborted();
          const order = this.orders.find(({ isOver, end }) => !isOver && !end.signal.aborted);
          if (order === undefined) {
            await this.#asked.wait(signal);
            continue;
          }
          const life = lifeOf(order);
          const from = life.given;
          const given = order.entries.slice(from, from + portion);
          life.given += given.length;
          const entries = given.map((entry, at) => ({ position: String(from + at) as Position, entry }));
          const { askedMs, overwrite, end } = order;
          return { askedMs, overwrite, entries, isLast: life.given === order.entries.length, ended: end.signal };
        }
      },
      save: async ({ askedMs, position, counts, isOver }) => {
        const order = this.orders.find((one) => one.askedMs === askedMs);
        if (order === undefined || order.isOver || order.end.signal.aborted) return;
        const life = lifeOf(order);
        order.done = position === undefined ? life.found : Number(position) + 1;
        order.counts = added(life.counts, counts);
        order.isOver = isOver;
      },
    };
  }
}

function added(one: SettledCounts, other: SettledCounts): SettledCounts {
  const ways = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(ways.map((way) => [way, (one[way] ?? 0) + (other[way] ?? 0)]));
}

/** Those of one life: what is asked or saved after its end has no effect. */
export function aliveReplays(replays: LaneReplays, whileAlive: <T>(work: () => Promise<T>) => Promise<T>): LaneReplays {
  return {
    next: (maxBytes, signal) => whileAlive(() => replays.next(maxBytes, signal)),
    save: (save) => whileAlive(() => replays.save(save)),
  };
}
