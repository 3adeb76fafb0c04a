/**
 * What becomes of each field of one record, found out and not looked up: each value in turn is taken away,
 * the documents are made again, and what is different now came from it. For `audit-relay map --explain`.
 */

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Makes a document of a record's JSON text; the same code as in a relay. */
export type DocumentOf = (record: string) => string;

/** The fields of one document that a field of the record touches. */
interface Touched {
  /** They hold its value. */
  readonly carry: ReadonlySet<string>;
  /** They would be another without it. */
  readonly depend: ReadonlySet<string>;
}

/** A document's fields: the path, lists without their indexes, and all values there as text. */
type Leaves = ReadonlyMap<string, readonly string[]>;

/**
 * Some lines for a human.
 * @param record JSON text of an object.
 * @param documents by the name of their format.
 */
export function explain(record: string, documents: Readonly<Record<string, DocumentOf>>): string {
  // The caller has made a document of it, so it is an object.
  const value = JSON.parse(record) as Json;
  const places = [...placesIn(value, [])];
  const formats = Object.entries(documents).map(([format, documentOf]) => ({
    format,
    ...traced({ record, value, places }, documentOf),
  }));
  const width = Math.max(...formats.map(({ format }) => format.length));
  const names = [...new Set(places.map(({ path }) => nameOf(path)))];
  const rows = names.flatMap((name) => [
    `  ${name}`,
    ...formats.map(({ format, touched }) => `    ${format.padEnd(width)}  ${inWords(touched.get(name))}`),
  ]);
  const fixed = formats.map(({ format, untouched }) => `    ${format.padEnd(width)}  ${untouched.join(', ')}`);
  return [...rows, '  (no field of the record)', ...fixed].map((row) => `${row}\n`).join('');
}

interface FieldSource {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/** Every value that is no object and no list, and those of both that are empty. */
function* placesIn(value: Json, path: FieldSource['path']): Generator<FieldSource> {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) yield { path, value };
  for (const [key, item] of inner) yield* placesIn(item, [...path, Array.isArray(value) ? Number(key) : key]);
}

function traced(
  { record, value, places }: { readonly record: string; readonly value: Json; readonly places: readonly FieldSource[] },
  documentOf: DocumentOf,
): { readonly touched: ReadonlyMap<string, Touched>; readonly untouched: readonly string[] } {
  const base = leavesOf(documentOf(record));
  const touched = new Map<string, { readonly carry: Set<string>; readonly depend: Set<string> }>();
  const untouched = new Set(base.keys());
  for (const place of places) {
    const without = leavesOf(documentOf(JSON.stringify(replaced(value, place.path, otherThan(place)))));
    const entry = touched.get(nameOf(place.path)) ?? { carry: new Set(), depend: new Set() };
    touched.set(nameOf(place.path), entry);
    for (const [field, values] of base) {
      if (same(values, without.get(field))) continue;
      untouched.delete(field);
      entry[values.includes(textOf(place.value)) ? 'carry' : 'depend'].add(field);
    }
  }
  return { touched, untouched: [...untouched] };
}

/** Without an id there is no event, without a type or a time a wholly other one: these are changed a little. */
function otherThan({ path, value }: FieldSource): Json {
  const [key = ''] = path;
  if (path.length > 1 || !['id', 'type', 'event', 'effective_at', 'created_at'].includes(String(key))) return null;
  return typeof value === 'number' ? value + 1 : `${textOf(value)}~`;
}

function replaced(value: Json, [head, ...rest]: FieldSource['path'], by: Json): Json {
  if (head === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) return value.map((item: Json, index) => (index === head ? replaced(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === head ? replaced(item, rest, by) : item]),
  );
}

function leavesOf(document: string): Leaves {
  const leaves = new Map<string, string[]>();
  for (const { path, value } of placesIn(JSON.parse(document), [])) {
    const name = nameOf(path);
    const values = leaves.get(name) ?? [];
    leaves.set(name, values);
    values.push(textOf(value));
  }
  return leaves;
}

function nameOf(path: FieldSource['path']): string {
  return path.reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[]` : name === '' ? key : `${name}.${key}`),
    '',
  );
}

/** Documents trim texts and make numbers of digits; the value is the same. */
function textOf(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
}

function same(a: readonly string[], b: readonly string[] | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((value, index) => value === b[index]);
}

function inWords(touched: Touched | undefined): string {
  const { carry = new Set(), depend = new Set() } = touched ?? {};
  const parts = [
    ...(carry.size === 0 ? [] : [`→ ${[...carry].join(', ')}`]),
    ...(depend.size === 0 ? [] : [`~ ${[...depend].join(', ')}`]),
  ];
  return parts.join('  ') || 'dropped';
}
