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

interface Rendering {
  /** What it was rendered as; the very same object means the same rendering. */
  readonly shape: object;
  readonly envelope: Envelope;
}

/**
 * The entry as the source and the journal make it: what is made of it lives in it and dies with it.
 * That is private, so it is neither compared nor copied nor written along with the entry. A weak map
 * beside the entries would say the same, but every collection of garbage walks all of it.
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
  #event: JsonObject | undefined;
  #renderings: readonly Rendering[] = NONE;

  constructor(entry: Entry) {
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

  /** The record; parsed by whoever needs it first. */
  event(): JsonObject {
    this.#event ??= parse(this.raw);
    return this.#event;
  }

  /** The envelope that was kept for this very `shape`. */
  rendered(shape: object): Envelope | undefined {
    return this.#renderings.find((rendering) => rendering.shape === shape)?.envelope;
  }

  /** Keeps an envelope. Once there are `shapes` of them nobody needs the record any more: it is let go. */
  keep(rendering: Rendering, shapes: number): void {
    this.#renderings = [...this.#renderings, rendering];
    if (this.#renderings.length >= shapes) this.#event = undefined;
  }
}

const NONE: readonly Rendering[] = [];

/** The record as an object. Numbers beyond 2^53 are rounded here; `entry.raw` has them exactly. */
export function eventOf(entry: Entry): JsonObject {
  return entry instanceof LiveEntry ? entry.event() : parse(entry.raw);
}

function parse(raw: string): JsonObject {
  // The source journals nothing but records that parse to an object.
  return JSON.parse(raw) as JsonObject;
}
