/**
 * What an object at Datadog and what we would write have to do with each other. Datadog answers with more than was sent (ids,
 * authors, defaults), and with empty members where there were none, so both are cut down to what we write, and then compared.
 */
import { hash } from 'node:crypto';
import { isObject, type JsonObject, type JsonValue } from './shapes.ts';

/** Which members count: of the object itself, and below these at any depth. */
export interface Counting {
  readonly top: ReadonlySet<string>;
  readonly below: ReadonlySet<string>;
}

/** Of both sides: what counts, in the order of the alphabet, and nothing that is empty. */
export function comparable(body: JsonObject, { top, below }: Counting): JsonObject {
  const members = Object.entries(body).filter(([name]) => top.has(name));
  return sorted(members.map(([name, part]) => [name, cutDown(part, below)]));
}

/** 16 hex digits are plenty: it tells our own few bodies apart. @param cut of `comparable`. */
export function digestOf(cut: JsonObject): string {
  return hash('sha256', JSON.stringify(cut)).slice(0, 16);
}

/** Where the two differ, as paths such as `options.thresholds.critical`, at most so many. */
export function differences(ours: JsonObject, theirs: JsonObject, most = 5): readonly string[] {
  const paths = [...differing(ours, theirs, '')];
  return paths.length > most ? [...paths.slice(0, most), `${paths.length - most} more`] : paths;
}

function cutDown(value: JsonValue, below: ReadonlySet<string>): JsonValue | undefined {
  if (value === null || value === '') return undefined;
  if (Array.isArray(value)) {
    const parts = value.map((part: JsonValue) => cutDown(part, below)).filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => below.has(name));
  const kept = sorted(members.map(([name, part]) => [name, cutDown(part, below)]));
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function sorted(members: readonly (readonly [name: string, part: JsonValue | undefined])[]): JsonObject {
  const there = members.filter((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(there.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function* differing(ours: JsonValue | undefined, theirs: JsonValue | undefined, path: string): Generator<string> {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  const [a, b] = [partsOf(ours), partsOf(theirs)];
  if (a === undefined || b === undefined) {
    yield path;
    return;
  }
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  for (const name of names) yield* differing(a[name], b[name], path === '' ? name : `${path}.${name}`);
}

/** A list's parts by their number. */
function partsOf(value: JsonValue | undefined): JsonObject | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.map((part: JsonValue, index) => [index, part]));
  return isObject(value) ? value : undefined;
}
