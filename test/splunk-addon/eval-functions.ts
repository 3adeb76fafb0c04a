/** Splunk’s evaluation functions that the add-on calls. */
import { isTrue, one, type Value } from './fields.ts';

interface Called {
  readonly least: number;
  /** Absent: any number. */
  readonly most?: number;
  apply(given: readonly Value[]): Value;
}

const truth = (is: boolean): Value => [String(is)];

export const FUNCTIONS: ReadonlyMap<string, Called> = new Map<string, Called>([
  ['null', { least: 0, most: 0, apply: () => undefined }],
  ['coalesce', { least: 1, apply: (given) => given.find((value) => value !== undefined) }],
  ['if', { least: 3, most: 3, apply: ([is, then, otherwise]) => (isTrue(is) ? then : otherwise) }],
  ['isnotnull', { least: 1, most: 1, apply: ([value]) => truth(value !== undefined) }],
  [
    'in',
    { least: 2, apply: ([value, ...list]) => textual(value, (text) => truth(list.some((item) => one(item) === text))) },
  ],
  ['nullif', { least: 2, most: 2, apply: ([value, other]) => (value?.join() === other?.join() ? undefined : value) }],
  ['lower', { least: 1, most: 1, apply: ([value]) => textual(value, (text) => [text.toLowerCase()]) }],
  [
    'replace',
    {
      least: 3,
      most: 3,
      apply: ([value, regex, by]) =>
        textual(value, (text) => [text.replaceAll(new RegExp(one(regex) ?? '', 'g'), one(by) ?? '')]),
    },
  ],
  [
    'match',
    {
      least: 2,
      most: 2,
      apply: ([value, regex]) => textual(value, (text) => truth(new RegExp(one(regex) ?? '').test(text))),
    },
  ],
  [
    'json_extract',
    { least: 2, most: 2, apply: ([json, path]) => textual(json, (text) => valueAt(text, pathOf(one(path) ?? ''))) },
  ],
  [
    'json_extract_exact',
    {
      least: 2,
      most: 2,
      apply: ([json, key]) =>
        textual(json, (text) => (key === undefined ? undefined : valueAt(text, [one(key) ?? '']))),
    },
  ],
  ['json_keys', { least: 1, most: 1, apply: ([json]) => textual(json, keysOf) }],
  ['json_array_to_mv', { least: 1, most: 1, apply: ([json]) => textual(json, listOf) }],
]);

function textual(value: Value, apply: (text: string) => Value): Value {
  const text = one(value);
  return text === undefined ? undefined : apply(text);
}

/** `configs{}.id` → `configs`, `{}`, `id`. */
function pathOf(path: string): readonly string[] {
  return path.split('.').flatMap((part) => (part.endsWith('{}') ? [part.slice(0, -2), '{}'] : [part]));
}

/** Objects and lists as JSON, other values as text; what is not there, and JSON’s null, as null. */
function valueAt(json: string, path: readonly string[]): Value {
  const found = walk(parsed(json), path);
  if (found === undefined || found === null) return undefined;
  return [typeof found === 'string' ? found : JSON.stringify(found)];
}

function walk(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return value;
  if (first === '{}') {
    if (!Array.isArray(value)) return undefined;
    const found = value.map((item) => walk(item, rest)).filter((item) => item !== undefined);
    return found.length === 0 ? undefined : found;
  }
  return isObject(value) && Object.hasOwn(value, first) ? walk(value[first], rest) : undefined;
}

function keysOf(json: string): Value {
  const value = parsed(json);
  return isObject(value) ? [JSON.stringify(Object.keys(value))] : undefined;
}

function listOf(json: string): Value {
  const value = parsed(json);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
