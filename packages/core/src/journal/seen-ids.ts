/**
 * Which events a source has journaled: the dedupe of `source-journal.ts`. LMDB holds the truth, one
 * value per commit and hour; the hours in use are tables in memory, loaded again when they are asked for.
 */
import type { Entry, Feed } from '../entry.ts';
import { idsNeededFrom } from './checkpoint.ts';
import { hashIds, IdTable, WORDS } from './id-table.ts';
import type { Store } from './store.ts';

const HOUR_MS = 3_600_000;
/**
 * From here on are the ids whose event has no time of its own, by the hour of receipt. A second reading
 * receives it in another hour, so they are looked up in all hours that are kept: one table for all.
 */
const UNTIMED = 2 ** 40;
const BEFORE_ALL = -(2 ** 40);
/** Hours with 250,000 ids between them; a backfill goes through far more, one after another. */
const MAX_TABLE_BYTES = 8 << 20;

/** The entries of a commit that are new, and their ids by hour as LMDB will hold them. */
export interface Fresh {
  readonly entries: readonly Entry[];
  readonly hours: ReadonlyMap<number, Uint32Array>;
}

export class SeenIds {
  readonly #store: Store;
  readonly #maxBytes: number;
  /** By source and hour; the least recently used first. */
  readonly #tables = new Map<string, IdTable>();

  constructor(store: Store, maxBytes: number = MAX_TABLE_BYTES) {
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  /** Leaves out what `entries` hold twice and, unless all are wanted, what the source has. Changes nothing. */
  fresh(source: string, entries: readonly Entry[], wanted: 'unknown' | 'all' = 'unknown'): Fresh {
    const words = hashIds(entries.map((entry) => entry.id));
    const within = new IdTable();
    const hours = new Map<number, number[]>();
    const kept = entries.filter((entry, index) => {
      const at = index * WORDS;
      const hour = hourOf(entry);
      const isKnown = wanted === 'unknown' && this.#table(source, tableOf(hour)).has(words, at);
      if (isKnown || !within.add(words, at)) return false;
      const ofHour = hours.get(hour) ?? [];
      hours.set(hour, ofHour);
      ofHour.push(...words.subarray(at, at + WORDS));
      return true;
    });
    return { entries: kept, hours: new Map([...hours].map(([hour, ids]) => [hour, Uint32Array.from(ids)])) };
  }

  /** Inside a transaction, whose abort must be followed by `drop`. */
  remember(source: string, first: number, { hours }: Fresh): void {
    for (const [hour, ids] of hours) {
      this.#store.seen.put([source, hour, first], new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      const table = this.#tables.get(nameOf(source, tableOf(hour)));
      if (table !== undefined) addAll(table, ids);
    }
    this.#shrink();
  }

  /**
   * Inside a transaction: forgets the hours that lie wholly before `seconds` since the epoch. No event
   * is received before it happened, so the hour of receipt will do for those without a time.
   */
  forget(source: string, seconds: number): void {
    const hour = Math.floor((seconds * 1000) / HOUR_MS);
    this.#forgetHours(source, BEFORE_ALL, hour);
    this.#forgetHours(source, UNTIMED, UNTIMED + hour);
  }

  /** Forgets what is in memory: a transaction was undone, LMDB alone is right. */
  drop(): void {
    this.#tables.clear();
  }

  #forgetHours(source: string, from: number, to: number): void {
    const gone = [...this.#store.seen.getKeys({ start: [source, from], end: [source, to] })];
    for (const key of gone) {
      this.#store.seen.remove(key);
      this.#tables.delete(nameOf(source, tableOf(key[1])));
    }
  }

  #table(source: string, hour: number): IdTable {
    const name = nameOf(source, hour);
    const table = this.#tables.get(name) ?? this.#load(source, hour);
    this.#tables.delete(name);
    this.#tables.set(name, table);
    return table;
  }

  #load(source: string, hour: number): IdTable {
    const table = new IdTable();
    const end = hour === UNTIMED ? Number.POSITIVE_INFINITY : hour + 1;
    for (const { value } of this.#store.seen.getRange({ start: [source, hour], end: [source, end] })) {
      const bytes = Uint8Array.from(value);
      addAll(table, new Uint32Array(bytes.buffer));
    }
    this.#shrink();
    return table;
  }

  #shrink(): void {
    let bytes = [...this.#tables.values()].reduce((sum, table) => sum + table.bytes, 0);
    for (const [name, table] of this.#tables) {
      if (bytes <= this.#maxBytes) return;
      this.#tables.delete(name);
      bytes -= table.bytes;
    }
  }
}

/**
 * From which second on the ids of a source are held while these feeds of it are read: ids leave once every feed that was
 * ever answered says that it will not read so far back again. Minus infinity: all of them are.
 */
export function idsHeldFrom(store: Pick<Store, 'checkpoints'>, source: string, feeds: readonly Feed[]): number {
  const needed = feeds
    .map((feed) => store.checkpoints.get([source, feed]))
    .filter((checkpoint) => checkpoint !== undefined)
    .filter(({ passes }) => passes.sweep !== undefined)
    .map(idsNeededFrom);
  return needed.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...needed);
}

function addAll(table: IdTable, ids: Uint32Array): void {
  for (let at = 0; at < ids.length; at += WORDS) table.add(ids, at);
}

function hourOf(entry: Entry): number {
  const hour = Math.floor(entry.timeMs / HOUR_MS);
  return entry.timeGuessed ? UNTIMED + hour : hour;
}

/** The first hour of those that share the table of `hour`. */
function tableOf(hour: number): number {
  return Math.min(hour, UNTIMED);
}

function nameOf(source: string, hour: number): string {
  return `${hour} ${source}`;
}
