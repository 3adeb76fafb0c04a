/** The parsed record behind an entry: parsed once, by whoever needs it first. */
import type { Entry } from './entry.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

const parsed = new WeakMap<Entry, JsonObject>();

/** The record as an object. Numbers beyond 2^53 are rounded here; `entry.raw` has them exactly. */
export function eventOf(entry: Entry): JsonObject {
  const known = parsed.get(entry);
  if (known !== undefined) return known;
  // The source journals nothing but records that parse to an object.
  const event = JSON.parse(entry.raw) as JsonObject;
  parsed.set(entry, event);
  return event;
}

/** The source has the record parsed already; the entry takes it along as long as it lives. */
export function rememberEvent(entry: Entry, event: JsonObject): void {
  parsed.set(entry, event);
}
