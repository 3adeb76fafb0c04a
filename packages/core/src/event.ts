/** The parsed record behind an entry, and what is known of an entry beside what it says. */
import type { Dialect, Entry, Feed, Organization } from './entry.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** True for `{ … }` alone: neither null nor a list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The entry as the source and the journal make it. What is known of it beside is private, so it is neither compared nor copied
 * nor written along with the entry. The parsed record is not kept: its forty objects cost the collector, while they wait for a
 * lane, more than parsing the text once more. Nor are documents: `normalize/shared-renderings.ts` has those that lanes share.
 */
export class LiveEntry implements Entry {
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  declare readonly timeGuessed?: true;
  readonly receivedMs: number;
  readonly source: string;
  readonly feed: Feed;
  readonly dialect: Dialect;
  declare readonly organization?: Organization;
  declare readonly again?: true;
  readonly raw: string;
  readonly #isFamiliar: boolean;

  /** @param isFamiliar it was looked at while it was parsed, and holds nothing that this version does not know. */
  constructor(entry: Entry, isFamiliar = false) {
    this.#isFamiliar = isFamiliar;
    this.id = entry.id;
    this.type = entry.type;
    this.timeMs = entry.timeMs;
    if (entry.timeGuessed === true) this.timeGuessed = true;
    this.receivedMs = entry.receivedMs;
    this.source = entry.source;
    this.feed = entry.feed;
    this.dialect = entry.dialect;
    if (entry.organization !== undefined) this.organization = entry.organization;
    if (entry.again === true) this.again = true;
    this.raw = entry.raw;
  }

  /** Whoever looks for what is new need not parse it, nor keep what was parsed. False: nobody has looked. */
  get isFamiliar(): boolean {
    return this.#isFamiliar;
  }
}

/** The record as an object. Numbers beyond 2^53 are rounded here; `entry.raw` has them exactly. */
export function eventOf({ raw }: Entry): JsonObject {
  // The source journals nothing but records that parse to an object.
  return JSON.parse(raw) as JsonObject;
}
