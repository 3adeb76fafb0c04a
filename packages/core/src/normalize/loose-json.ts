/**
 * Reading a record whose shape nobody promises: absent, null, of another type, padded with spaces.
 * Used by every file here that turns the API's record into named values.
 */
import { isObject, type JsonObject, type JsonValue } from '../event.ts';

/** The value when it is an object, else an empty one, so that a path can be walked without asking. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : NOTHING;
}

/** What stands for an object that is not there. */
export const NOTHING: JsonObject = {};

/** A trimmed string or a whole number as text; undefined when that leaves nothing. */
export function text(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** A number, or a decimal one in text (`"-23.55052"`), within [min, max]; else undefined. */
export function numberWithin(value: JsonValue | undefined, min: number, max: number): number | undefined {
  const digits = text(typeof value === 'number' ? String(value) : value);
  if (digits === undefined || !/^[+-]?\d+(\.\d+)?$/.test(digits)) return undefined;
  const number = Number(digits);
  return number >= min && number <= max ? number : undefined;
}

/** The object itself when any of its fields is set; `JSON.stringify` leaves out those that are not. */
export function some(fields: JsonObject): JsonObject | undefined {
  for (const key in fields) if (fields[key] !== undefined) return fields;
  return undefined;
}

/** The values that are there, in order; undefined instead of an empty list. */
export function listOf(...values: readonly (string | undefined)[]): readonly string[] | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : present;
}

/** True when the value says something: not null, and no empty string, list or object. */
export function isTelling(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  if (value === undefined || value === null || value === '') return false;
  if (typeof value !== 'object') return true;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}
