/** From one entry of a request to a log as Datadog holds it: reserved attributes taken out, all others flat, and the date judged. */

/** A log that can be searched. */
export interface DatadogLog {
  /** The official date: milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly source?: string;
  readonly service?: string;
  readonly host?: string;
  readonly status: string;
  readonly message: string;
  readonly tags: readonly string[];
  /** By their path: `usr.id`. Lists stay as they are. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Was longer than 1 MB and cut short: no attribute of it is left. */
  readonly isTruncated: boolean;
  /** Which of Datadog's limits on what it makes of a log it is beyond: some of it may not be found. */
  readonly beyond: readonly ('attributes' | 'depth' | 'name' | 'tags')[];
  /** The entry as it was sent. */
  readonly text: string;
}

/** `too old`, `too far ahead`: dropped without a word. */
export type Kept =
  | { readonly kind: 'kept'; readonly log: DatadogLog }
  | { readonly kind: 'dropped'; readonly why: 'too old' | 'too far ahead'; readonly log: DatadogLog };

const HOUR_MS = 3_600_000;
/** docs.datadoghq.com/api/latest/logs/#send-logs: up to 18 hours in the past; .../processors/log_date_remapper: 2 hours ahead. */
const PAST_MS = 18 * HOUR_MS;
const AHEAD_MS = 2 * HOUR_MS;
const MOST_BYTES = 1_000_000;

/** docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper, the default attributes. */
const DATES = ['timestamp', 'date', '_timestamp', 'Timestamp', 'eventTime', 'published_date'];

/** docs.datadoghq.com/logs/log_collection, "Limits applied to ingested log events". */
const MOST = { attributes: 256, depth: 20, name: 50, tags: 100 } as const;

/** An entry: an object, each of its values of any kind. */
export type Entry = Readonly<Record<string, unknown>>;

/** @param text the entry as it was sent; @param nowMs the clock of the intake. */
export function logOf(entry: Entry, text: string, nowMs: number): Kept {
  const log = Buffer.byteLength(text) > MOST_BYTES ? truncated(text, nowMs) : whole(entry, text, nowMs);
  if (nowMs - log.timestampMs > PAST_MS) return { kind: 'dropped', why: 'too old', log };
  if (log.timestampMs - nowMs > AHEAD_MS) return { kind: 'dropped', why: 'too far ahead', log };
  return { kind: 'kept', log };
}

/** What is left of JSON that ends in the middle is a text. */
function truncated(text: string, nowMs: number): DatadogLog {
  const message = Buffer.from(text).subarray(0, MOST_BYTES).toString('utf8');
  return { timestampMs: nowMs, status: 'info', message, tags: [], attributes: {}, isTruncated: true, beyond: [], text };
}

function whole(entry: Entry, text: string, nowMs: number): DatadogLog {
  const { ddsource, ddtags, hostname, host, service, status, message, ...rest } = {
    ...inner(entry),
    ...without(entry),
  };
  const dates = DATES.map((name) => dateIn(rest[name])).filter((date) => date !== undefined);
  const attributes = flat(rest);
  const tags = (typeof ddtags === 'string' ? ddtags : '').split(',').filter((tag) => tag !== '');
  return {
    timestampMs: dates[0] ?? nowMs,
    ...texts({ source: ddsource, service, host: hostname ?? host }),
    status: typeof status === 'string' ? status : 'info',
    message: typeof message === 'string' ? message : '',
    tags,
    attributes,
    isTruncated: false,
    beyond: beyondOf(attributes, tags),
    text,
  };
}

function texts(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** A message that is JSON itself is taken apart (docs.datadoghq.com/logs/log_configuration/pipelines, preprocessing of JSON). */
function inner({ message }: Entry): Entry {
  if (typeof message !== 'string' || !message.trimStart().startsWith('{')) return {};
  try {
    return JSON.parse(message) as Entry;
  } catch {
    return {};
  }
}

/** The entry less a message that was taken apart. */
function without(entry: Entry): Entry {
  const { message: _, ...rest } = entry;
  return Object.keys(inner(entry)).length === 0 ? entry : rest;
}

/** A number is milliseconds: one of seconds is a day in January 1970. */
function dateIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const date = Number.isNaN(Number(value)) ? Date.parse(value) : Number(value);
  return Number.isNaN(date) ? undefined : date;
}

function flat(value: unknown, path = ''): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [path]: value };
  const parts = Object.entries(value).map(([name, part]) => flat(part, path === '' ? name : `${path}.${name}`));
  return Object.assign({}, ...parts) as Readonly<Record<string, unknown>>;
}

function beyondOf(attributes: Readonly<Record<string, unknown>>, tags: readonly string[]): DatadogLog['beyond'] {
  const paths = Object.keys(attributes).map((path) => path.split('.'));
  const found = {
    attributes: paths.length > MOST.attributes,
    depth: paths.some((names) => names.length > MOST.depth),
    name: paths.some((names) => names.some((name) => name.length > MOST.name)),
    tags: tags.length > MOST.tags,
  };
  return (['attributes', 'depth', 'name', 'tags'] as const).filter((limit) => found[limit]);
}
