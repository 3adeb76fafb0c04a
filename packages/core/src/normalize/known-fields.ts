/**
 * Which fields of a record are new: neither documented nor seen before. Beside the path of the data:
 * what is new is relayed like everything else, and `drift.ts` tells the operator.
 */
import type { Dialect } from '../entry.ts';
import { isObject, type JsonObject, type JsonValue } from '../event.ts';
import { KNOWN_FIELDS } from './data/known-fields.ts';
import { knownTypes } from './event-types.ts';

/** Told of each field that is new; `path` has the type in the place of the payload's own key. */
export type OnNewField = (path: string, value: JsonValue | undefined) => void;

/** A record in the `audit_logs` dialect: itself and, where its type has a documented one, its payload. */
export function newFields(record: JsonObject, type: string, onNew: OnNewField): void {
  const payload = table.get(type);
  // No lists are made of the objects: this runs for every event, and there is almost never anything new. What JSON.parse
  // makes has no keys but its own.
  for (const key in record) {
    const value = record[key];
    if (!isPayload(key, type)) member({ key, value, known: AUDIT_LOG, path: '' }, onNew);
    else if (payload !== undefined) below({ value, known: payload, path: `${type}.` }, onNew);
  }
}

/** Whether `newFields` would find none. Without paths and callbacks, as nearly every event is asked: they were 700 bytes of garbage. */
export function hasOnlyKnownFields(record: JsonObject, type: string): boolean {
  const payload = table.get(type);
  for (const key in record) {
    const known = isPayload(key, type) ? payload : AUDIT_LOG.get(key);
    if (known === undefined && !isPayload(key, type)) return false;
    if (known !== undefined && known !== true && !isKnownBelow(record[key], known)) return false;
  }
  return true;
}

function isKnownBelow(value: JsonValue | undefined, known: Fields): boolean {
  if (Array.isArray(value)) return value.every((item: JsonValue) => !isObject(item) || isKnownBelow(item, known));
  if (!isObject(value)) return true;
  for (const key in value) {
    const found = known.get(key);
    if (found === undefined) return false;
    if (found !== true && !isKnownBelow(value[key], found)) return false;
  }
  return true;
}

/** The API's own key, and where some products put it. */
function isPayload(key: string, type: string): boolean {
  return key === type || key === 'details' || (!AUDIT_LOG.has(key) && key === type.replaceAll('.', '_'));
}

/** A record in the `organization_logs` dialect. */
export function newFieldsOfOrganizationLog(record: JsonObject, onNew: OnNewField): void {
  below({ value: record, known: ORGANIZATION_LOG, path: '' }, onNew);
}

/** By key; `true`: anything may stand below. */
type Fields = ReadonlyMap<string, Fields | true>;

interface FieldNode {
  readonly value: JsonValue | undefined;
  readonly known: Fields;
  /** Of the object that the value is, with a dot at its end. */
  readonly path: string;
}

function below({ value, known, path }: FieldNode, onNew: OnNewField): void {
  if (Array.isArray(value)) {
    for (const item of value.filter(isObject)) below({ value: item, known, path }, onNew);
  } else if (isObject(value)) {
    for (const key in value) member({ key, value: value[key], known, path }, onNew);
  }
}

function member({ key, value, known, path }: FieldNode & { readonly key: string }, onNew: OnNewField): void {
  const found = known.get(key);
  if (found === undefined) onNew(path + key, value);
  else if (found !== true) below({ value, known: found, path: `${path}${key}.` }, onNew);
}

const table: ReadonlyMap<string, Fields> = readTable();
const AUDIT_LOG: Fields = table.get('audit_logs') ?? new Map();
const ORGANIZATION_LOG: Fields = table.get('organization_logs') ?? new Map();

/**
 * The paths at which a record may hold something, as `redact` names them: `actor.session.user.email`,
 * `api_key.created.data.scopes`. Below each of them anything may stand.
 */
export function knownPaths(dialects: readonly Dialect[]): readonly string[] {
  return dialects.flatMap((dialect) =>
    dialect === 'organization_logs'
      ? pathsIn(ORGANIZATION_LOG)
      : [
          ...pathsIn(AUDIT_LOG),
          ...knownTypes().flatMap(([type]) => [type, ...pathsIn(table.get(type) ?? new Map(), `${type}.`)]),
        ],
  );
}

/** Whether a known path is this one, leads through it or to it. */
export function isKnownPath(path: string, dialects: readonly Dialect[]): boolean {
  return knownPaths(dialects).some((known) => known === path || known.startsWith(`${path}.`) || isBelow(path, known));
}

/** A path of a payload's table ends where anything may stand; a type that has none is such an end, one that has one is not. */
function isBelow(path: string, known: string): boolean {
  return path.startsWith(`${known}.`) && (table.get(known)?.size ?? 0) === 0;
}

function pathsIn(fields: Fields, prefix = ''): readonly string[] {
  return [...fields].flatMap(([key, below]) => (below === true ? [prefix + key] : pathsIn(below, `${prefix}${key}.`)));
}

function readTable(): ReadonlyMap<string, Fields> {
  const rows = new Map<string, Branch>();
  for (const line of KNOWN_FIELDS.trim().split('\n')) {
    const [name = '', paths = ''] = line.split('|').map((column) => column.trim());
    const row = rows.get(name) ?? new Map();
    rows.set(name, row);
    for (const path of paths.split(' ')) grow(row, path.split('.'));
  }
  return rows;
}

/** `Fields` while it is being read. */
type Branch = Map<string, Branch | true>;

function grow(branch: Branch, [key = '', ...rest]: readonly string[]): void {
  const found = branch.get(key);
  if (rest.length === 0) branch.set(key, found ?? true);
  else if (found === undefined || found === true) {
    const next: Branch = new Map();
    branch.set(key, next);
    grow(next, rest);
  } else grow(found, rest);
}
