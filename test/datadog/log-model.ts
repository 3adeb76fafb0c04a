/**
 * What Datadog makes of an entry, as far as the contents of set-up build on it: the search syntax (docs.datadoghq.com/logs/explorer/search_syntax),
 * and the two kinds of processors that give names (…/log_configuration/processors: category, attribute remapper). A model, and no more.
 */
import type { Json } from './api-store.ts';

/** An entry in Datadog: what stands at its top, its attributes, its tags. */
export interface LogEntry {
  readonly source: string;
  /** As Datadog spells it: `warning` becomes `warn`. */
  readonly status: string;
  readonly tags: readonly string[];
  /** Values by full path; several where there was a list. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** From what the sink sends. */
export function logEntry(text: string): LogEntry {
  const { ddsource, status, ddtags = '', ...rest } = JSON.parse(text);
  const attributes = new Map<string, string[]>();
  flatten(rest, '', attributes);
  const spelt = status === 'warning' ? 'warn' : status;
  return { source: ddsource, status: spelt, tags: ddtags.split(',').filter((tag: string) => tag !== ''), attributes };
}

function flatten(value: unknown, path: string, into: Map<string, string[]>): void {
  if (Array.isArray(value)) for (const part of value) flatten(part, path, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) flatten(part, path === '' ? name : `${path}.${name}`, into);
  } else if (value !== null)
    into.set(path, [...(into.get(path) ?? []), typeof value === 'string' ? value : JSON.stringify(value)]);
}

/** The entry after the pipeline, if the pipeline takes it. */
export function processed(entry: LogEntry, pipeline: Json): LogEntry {
  if (!matches(entry, (pipeline['filter'] as Json)['query'] as string)) return entry;
  const attributes = new Map(entry.attributes);
  const after = { ...entry, attributes };
  for (const processor of pipeline['processors'] as readonly Json[]) {
    const value = given(after, processor);
    const { target } = processor;
    if (value !== undefined && typeof target === 'string') attributes.set(target, value);
  }
  return after;
}

function given(entry: LogEntry, { type, sources, categories }: Json): readonly string[] | undefined {
  if (type === 'attribute-remapper')
    return (sources as readonly string[]).map((path) => entry.attributes.get(path)).find(Boolean);
  if (type !== 'category-processor') return undefined;
  const fits = (categories as readonly { readonly name: string; readonly filter: { readonly query: string } }[]).find(
    ({ filter }) => matches(entry, filter.query),
  );
  return fits === undefined ? undefined : [fits.name];
}

/** Whether an entry is found: terms apart by spaces all hold, `-` turns one round, `(a OR b)` offers values, `*` is any text. */
export function matches(entry: LogEntry, search: string): boolean {
  const terms = search.match(/-?(?:@?[\w.]+:(?:\([^)]*\)|"(?:\\.|[^"])*"|\S+)|\*)/g) ?? [];
  if (terms.join(' ') !== search) throw new Error(`a search that this model does not read: ${search}`);
  return terms.every((term) => (term.startsWith('-') ? !holds(entry, term.slice(1)) : holds(entry, term)));
}

function holds(entry: LogEntry, term: string): boolean {
  if (term === '*') return true;
  const [, key = '', values = ''] = /^(@?[\w.]+):(.*)$/.exec(term) ?? [];
  const offered = values.startsWith('(') ? values.slice(1, -1).split(' OR ') : [values];
  const patterns = offered.map((value) => new RegExp(`^${quoted(value)}$`));
  return valuesOf(entry, key).some((value) => patterns.some((pattern) => pattern.test(value)));
}

function quoted(value: string): string {
  const plain = value.startsWith('"') ? (JSON.parse(value) as string) : value;
  return plain.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
}

function valuesOf({ source, status, tags, attributes }: LogEntry, key: string): readonly string[] {
  if (key.startsWith('@')) return attributes.get(key.slice(1)) ?? [];
  if (key === 'source') return [source];
  if (key === 'status') return [status];
  return tags.filter((tag) => tag.startsWith(`${key}:`)).map((tag) => tag.slice(key.length + 1));
}
