/** The parsed record behind an entry, and what else is made of an entry once for all lanes. */
import type { Envelope } from '@audit-relay/sink';
import type { Dialect, Entry, Feed, Organization } from './entry.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** True for `{ … }` alone: neither null nor a list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An envelope that other lanes will ask for: of which shape, and how many of them have not yet. */
interface Rendering {
  /** What it was rendered as; the very same object means the same rendering. */
  readonly shape: object;
  readonly envelope: Envelope;
  left: number;
}

/**
 * The entry as the source and the journal make it: what is made of it lives in it and dies with it.
 * That is private, so it is neither compared nor copied nor written along with the entry. A weak map
 * beside the entries would say the same, but every collection of garbage walks all of it. The parsed record is not kept:
 * its forty objects cost the collector, while they wait for a lane, more than parsing the text once more.
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
  #renderings: Rendering[] | undefined;

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

  /** Gives away the envelope that is kept for this very `shape`; the last one who was to ask takes it with him. */
  take(shape: object): Envelope | undefined {
    const found = this.#renderings?.find((rendering) => rendering.shape === shape);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#renderings = this.#renderings?.filter((rendering) => rendering !== found);
    return found.envelope;
  }

  /** Keeps an envelope for `left` others. One that nobody waits for would live as long as the journal's chunk in memory. */
  keep(rendering: Rendering): void {
    this.#renderings = [...(this.#renderings ?? []), rendering];
  }
}

/** The record as an object. Numbers beyond 2^53 are rounded here; `entry.raw` has them exactly. */
export function eventOf({ raw }: Entry): JsonObject {
  // The source journals nothing but records that parse to an object.
  return JSON.parse(raw) as JsonObject;
}
