/**
 * Drift: what the API sends that this version does not know. Looked at once per event, as it is journaled,
 * and relayed all the same. A name is logged once and counted for ever, within a bound.
 */
import type { Entry } from '../entry.ts';
import { eventOf, isObject, type JsonObject, type JsonValue, LiveEntry } from '../event.ts';
import type { Log } from '../runtime.ts';
import type { DriftStatus } from '../status.ts';
import { classify } from './event-types.ts';
import { hasOnlyKnownFields, newFields, newFieldsOfOrganizationLog, type OnNewField } from './known-fields.ts';
import { isOrganizationLog } from './organization-logs.ts';
import type { Redact } from './redact.ts';

/** Names that are kept, of types and fields together. */
export const MOST_NAMES = 200;
/** Counts what comes when no more names are kept. */
export const OTHERS = '(others)';
/** Counts names that are no names: a key may be an e-mail, and logs and metrics hold none. */
export const ODD = '(odd)';

export interface DriftOptions {
  readonly log: Log;
  /** The sample in the log is made after it. */
  redact: Redact;
}

export class Drift {
  readonly #options: DriftOptions;
  readonly #types = new Map<string, number>();
  readonly #fields = new Map<string, number>();

  constructor(options: DriftOptions) {
    this.#options = options;
  }

  /** From now on samples are made after this one. */
  redactBy(redact: Redact): void {
    this.#options.redact = redact;
  }

  /** Costs nothing where the source has seen that nothing is new; else a parsing, and one look-up a key. */
  see(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry instanceof LiveEntry && entry.isFamiliar) continue;
      const record = eventOf(entry);
      if (isUnknownType(entry.type, record)) {
        const type = plainName(entry.type);
        this.#count(this.#types, type, () => this.#logType(type, entry));
      }
      eachNewField(entry.type, record, (path) => {
        const name = plainName(path);
        this.#count(this.#fields, name, () => this.#logField(name, path, entry));
      });
    }
  }

  status(): DriftStatus {
    return { types: Object.fromEntries(this.#types), fields: Object.fromEntries(this.#fields) };
  }

  #count(counts: Map<string, number>, name: string, log: () => void): void {
    const isKept = counts.has(name) || this.#types.size + this.#fields.size < MOST_NAMES;
    const times = counts.get(isKept ? name : OTHERS) ?? 0;
    counts.set(isKept ? name : OTHERS, times + 1);
    if (times === 0) log();
  }

  #logType(type: string, entry: Entry): void {
    const problem = 'the API sends a type of event that this version does not know; it is relayed by its last word';
    const sample = shapeOf(eventOf(this.#options.redact(entry)));
    this.#options.log('warn', 'UNKNOWN_TYPE', problem, { type, ...whereabouts(entry), sample });
  }

  #logField(field: string, path: string, entry: Entry): void {
    const problem = 'the API sends a field that this version does not know; it is relayed as far as the format allows';
    let sample: string | undefined;
    eachNewField(entry.type, eventOf(this.#options.redact(entry)), (found, value) => {
      if (found === path) sample ??= shapeOf(value);
    });
    this.#options.log('warn', 'UNKNOWN_FIELD', problem, { field, ...whereabouts(entry), sample });
  }
}

/** For the source, which has each record parsed: whether it holds nothing that this version does not know. */
export function isFamiliar(type: string, record: JsonObject): boolean {
  if (isUnknownType(type, record)) return false;
  if (!isOrganizationLog(record)) return hasOnlyKnownFields(record, type);
  let isNew = false;
  eachNewField(type, record, () => {
    isNew = true;
  });
  return !isNew;
}

function whereabouts({ source, feed, id }: Entry): object {
  return { source, feed, event: id };
}

/** The older dialect has an open set of types, so that none of it is unknown. */
function isUnknownType(type: string, record: JsonObject): boolean {
  return !classify(type).known && !isOrganizationLog(record);
}

function eachNewField(type: string, record: JsonObject, onNew: OnNewField): void {
  if (isOrganizationLog(record)) newFieldsOfOrganizationLog(record, onNew);
  else newFields(record, type, onNew);
}

function plainName(name: string): string {
  return /^[\w.:/-]{1,100}$/.test(name) ? name : ODD;
}

const LONGEST_SAMPLE = 300;

/** What a value looks like, without one letter of what it says: `{"id":"text","spin":"number"}`. */
function shapeOf(value: JsonValue | undefined): string {
  const text = JSON.stringify(kindOf(value ?? null, 0));
  return text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text;
}

const DEEPEST_SAMPLE = 4;

function kindOf(value: JsonValue, depth: number): JsonValue {
  if (value === null) return null;
  if (typeof value === 'string') return 'text';
  if (typeof value !== 'object') return typeof value;
  if (depth === DEEPEST_SAMPLE) return '…';
  if (!isObject(value)) return value.slice(0, 1).map((item) => kindOf(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [plainName(key), kindOf(item ?? null, depth + 1)]),
  );
}
