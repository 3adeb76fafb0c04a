/**
 * Which events a source has journaled: the dedupe of `source-journal.ts`. LMDB holds the truth, one
 * value per commit and hour; the hours in use are tables in memory, loaded again when they are asked for.
 * An event may be given another time later on, so that an id is looked up in its own hour first, and then where
 * `id-hours.ts` says that it may be.
 */
import type { Entry, Feed } from '../entry.ts';
import { idsNeededFrom, type Span } from './checkpoint.ts';
import { IdHours } from './id-hours.ts';
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
/**
 * Of each source so many stay however large they are: the hour that every poll asks for, and the one before it for as long
 * as polls look back there. Were they let go, each commit would read the whole hour again, in a third of a second and
 * 30 MB where it has 500,000 ids.
 */
const TABLES_KEPT = 2;
/** 24 MiB, for three million ids. Of more, those of the newest hours are known in all of these, the rest in its own hour. */
const MAX_SLOTS = 2 ** 22;

type SeenKey = readonly [source: string, hour: number, first: number];

interface Where {
  readonly ids: IdHours;
  /** Ids of earlier hours are not in it. */
  readonly from: number;
  /** How many of its ids have been forgotten since. */
  vain: number;
}

interface SeenLimits {
  /** Of the tables of hours. */
  readonly bytes?: number;
  /** Of the places of ids, a power of 2 for each source. */
  readonly slots?: number;
}

/** The entries of a commit that are new, and their ids by hour as LMDB will hold them. */
export interface Fresh {
  readonly entries: readonly Entry[];
  readonly hours: ReadonlyMap<number, Uint32Array>;
}

export class SeenIds {
  readonly #store: Pick<Store, 'seen'>;
  readonly #maxBytes: number;
  /** By source and hour; the least recently used first. */
  readonly #tables = new Map<string, { readonly source: string; readonly table: IdTable }>();
  readonly #maxSlots: number;
  /** By source; what was undone or forgotten may stand there too. */
  readonly #where = new Map<string, Where>();

  constructor(store: Pick<Store, 'seen'>, { bytes = MAX_TABLE_BYTES, slots = MAX_SLOTS }: SeenLimits = {}) {
    this.#store = store;
    this.#maxBytes = bytes;
    this.#maxSlots = slots;
  }

  /** Leaves out what `entries` hold twice and, unless all are wanted, what the source has. Changes nothing. */
  fresh(source: string, entries: readonly Entry[], wanted: 'unknown' | 'all' = 'unknown'): Fresh {
    const words = hashIds(entries.map((entry) => entry.id));
    const within = new IdTable();
    const hours = new Map<number, number[]>();
    const kept = entries.filter((entry, index) => {
      const at = index * WORDS;
      const hour = hourOf(entry);
      const isKnown = wanted === 'unknown' && this.#isKnown(source, hour, { words, at });
      if (isKnown || !within.add(words, at)) return false;
      const ofHour = hours.get(hour) ?? [];
      hours.set(hour, ofHour);
      // One by one: a view and its iterator were a kilobyte of garbage an event.
      for (let word = at; word < at + WORDS; word += 1) ofHour.push(words[word] ?? 0);
      return true;
    });
    return { entries: kept, hours: new Map([...hours].map(([hour, ids]) => [hour, Uint32Array.from(ids)])) };
  }

  #isKnown(source: string, hour: number, { words, at }: { readonly words: Uint32Array; readonly at: number }): boolean {
    const own = tableOf(hour);
    if (this.#table(source, own).has(words, at)) return true;
    for (const other of this.#whereOf(source).ids.of(words, at)) {
      if (tableOf(other) !== own && this.#table(source, tableOf(other)).has(words, at)) return true;
    }
    return false;
  }

  #whereOf(source: string): Where {
    const where = this.#where.get(source) ?? this.#locate(source);
    this.#where.set(source, where);
    return where;
  }

  /** From what is kept, the newest hours first, until half of the room is filled. */
  #locate(source: string): Where {
    const ids = new IdHours(this.#maxSlots);
    let from = Number.NEGATIVE_INFINITY;
    const newestFirst = { start: [source, Number.POSITIVE_INFINITY], end: [source, BEFORE_ALL], reverse: true };
    for (const { key, value } of this.#store.seen.getRange(newestFirst)) {
      // A whole hour, or nothing of it.
      if (key[1] !== from && ids.size * 8 > this.#maxSlots * 3) return { ids, from, vain: 0 };
      from = key[1];
      addHour(ids, key[1], wordsOf(value));
    }
    // One hour that fills it alone is in it in part, which its own table makes up for.
    return { ids, from: ids.isFull ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, vain: 0 };
  }

  /** Inside a transaction, whose abort must be followed by `drop`. */
  remember(source: string, first: number, { hours }: Fresh): void {
    for (const [hour, ids] of hours) {
      this.#store.seen.put([source, hour, first], new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      const held = this.#tables.get(nameOf(source, tableOf(hour)));
      if (held !== undefined) addAll(held.table, ids);
      const where = this.#where.get(source);
      if (where !== undefined && hour >= where.from) addHour(where.ids, hour, ids);
      // With half of the room free again.
      if (where?.ids.isFull === true && where.from !== Number.POSITIVE_INFINITY) this.#where.delete(source);
    }
    this.#shrink();
  }

  /**
   * Inside a transaction: forgets the hours that lie wholly before `seconds` since the epoch, but for those of which a
   * part lies in `kept`. No event is received before it happened, so the hour of receipt will do for those without a time.
   */
  forget(source: string, seconds: number, kept: readonly Span[] = []): void {
    const hour = hourAt(seconds);
    this.#forgetHours(source, { from: BEFORE_ALL, to: hour }, kept);
    this.#forgetHours(source, { from: UNTIMED, to: UNTIMED + hour }, kept);
  }

  /** Lets go of the memory of all other sources; what LMDB holds of them stays, and is loaded again if one is back. */
  keepOnly(sources: readonly string[]): void {
    for (const source of this.#where.keys()) if (!sources.includes(source)) this.#where.delete(source);
    for (const [name, { source }] of this.#tables) if (!sources.includes(source)) this.#tables.delete(name);
  }

  /** Forgets what is in memory: a transaction was undone, LMDB alone is right. */
  drop(): void {
    this.#tables.clear();
  }

  #forgetHours(source: string, { from, to }: Span, kept: readonly Span[]): void {
    const isKept = ([, hour]: SeenKey): boolean => {
      const since = hour >= UNTIMED ? hour - UNTIMED : hour;
      return kept.some((span) => since >= hourAt(span.from) && since <= hourAt(span.to - 1));
    };
    const gone = [...this.#store.seen.getKeys({ start: [source, from], end: [source, to] })].filter(
      (key) => !isKept(key),
    );
    const where = this.#where.get(source);
    for (const key of gone) {
      this.#store.seen.remove(key);
      if (where !== undefined) where.vain += where.ids.forget(key[1]);
      this.#tables.delete(nameOf(source, tableOf(key[1])));
    }
    if (where !== undefined && where.vain * 2 > where.ids.size) this.#where.delete(source);
  }

  #table(source: string, hour: number): IdTable {
    const name = nameOf(source, hour);
    const held = this.#tables.get(name);
    const used = held ?? { source, table: this.#load(source, hour) };
    this.#tables.delete(name);
    this.#tables.set(name, used);
    if (held === undefined) this.#shrink();
    return used.table;
  }

  #load(source: string, hour: number): IdTable {
    const table = new IdTable();
    const end = hour === UNTIMED ? Number.POSITIVE_INFINITY : hour + 1;
    for (const { value } of this.#store.seen.getRange({ start: [source, hour], end: [source, end] })) {
      addAll(table, wordsOf(value));
    }
    return table;
  }

  #shrink(): void {
    let bytes = 0;
    // One by one: nearly always nothing is to leave, and a list of all tables at each commit was 700 bytes of garbage an event.
    for (const { table } of this.#tables.values()) bytes += table.bytes;
    if (bytes <= this.#maxBytes) return;
    const tables = [...this.#tables];
    for (const [at, [name, { source, table }]] of tables.entries()) {
      if (bytes <= this.#maxBytes) return;
      const newer = tables.slice(at + 1).filter(([, other]) => other.source === source).length;
      if (newer < TABLES_KEPT) continue;
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

/** The hours from `seconds` on of which a source's ids are kept, by their time or that of receipt, as spans in seconds since the epoch. */
export function hoursHeldFrom(store: Pick<Store, 'seen'>, source: string, seconds: number): readonly Span[] {
  const hours = new Set<number>();
  for (const base of [0, UNTIMED]) {
    const range = {
      start: [source, base + hourAt(seconds)],
      end: [source, base === 0 ? UNTIMED : Number.POSITIVE_INFINITY],
    };
    for (const [, hour] of store.seen.getKeys(range)) hours.add(hour - base);
  }
  const ofHour = HOUR_MS / 1000;
  return [...hours].map((hour) => ({ from: Math.max(seconds, hour * ofHour), to: (hour + 1) * ofHour }));
}

function hourAt(seconds: number): number {
  return Math.floor((seconds * 1000) / HOUR_MS);
}

function addAll(table: IdTable, ids: Uint32Array): void {
  for (let at = 0; at < ids.length; at += WORDS) table.add(ids, at);
}

function addHour(where: IdHours, hour: number, ids: Uint32Array): void {
  for (let at = 0; at < ids.length; at += WORDS) where.add(hour, ids, at);
}

/** Copied, so that they lie at a place where words may. */
function wordsOf(value: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(value).buffer);
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
