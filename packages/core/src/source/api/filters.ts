/**
 * The filters of a source: what the API is asked to leave out, and the proof that it did. An API that
 * does not know a parameter is said to ignore it, so a good-looking page may hold what was not asked for.
 */
import type { Feed } from '../../entry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../event.ts';
import { classify } from '../../normalize/event-types.ts';

/** Absent: everything. Each list alone lets pass what is in it; an event must pass all of them. */
export interface Filters {
  readonly event_types?: readonly string[];
  readonly project_ids?: readonly string[];
  /** Of users, service accounts or API keys. */
  readonly actor_ids?: readonly string[];
  readonly actor_emails?: readonly string[];
  readonly resource_ids?: readonly string[];
}

/** In the order in which they are asked. */
export const FILTER_KEYS = ['event_types', 'project_ids', 'actor_ids', 'actor_emails', 'resource_ids'] as const;

/** As parameters of a request for this feed, lists as the vendor's SDKs write them (openai 7.57.0). */
export function filterParameters(filters: Filters, feed: Feed): readonly (readonly [string, string])[] {
  // With `tenant_only` the API refuses types that are not of a tenant.
  const asked = { ...filters, ...typesAsked(filters, feed) };
  return FILTER_KEYS.flatMap((key) => (asked[key] ?? []).map((value) => [`${key}[]`, value] as const));
}

/** The feeds that are read: one that can hold none of the types asked for is not. */
export function feedsOf(config: Filters & { readonly feeds: readonly Feed[] }): readonly Feed[] {
  return config.feeds.filter((feed) => mayHold(config, feed));
}

/** False when none of the types asked for can be in this feed. */
export function mayHold(filters: Filters, feed: Feed): boolean {
  return typesAsked(filters, feed).event_types?.length !== 0;
}

function typesAsked({ event_types: types }: Filters, feed: Feed): Pick<Filters, 'event_types'> {
  return types === undefined ? {} : { event_types: types.filter((type) => feedOf(type) === feed) };
}

/** Of a type that this version does not know the name decides. */
function feedOf(type: string): Feed {
  return classify(type).feed ?? (type.startsWith('tenant.') ? 'tenant' : 'organization');
}

/**
 * Whether a record was asked for. `out_of_filter`: it shows itself that it was not. `doubtful`: it names none of the
 * resources; but where a payload names its target is undocumented for most types, so the API may know better.
 * Where a record does not say what a filter is about, the API's word is taken.
 */
export function standing(record: JsonObject, filters: Filters): 'asked' | 'doubtful' | 'out_of_filter' {
  const { resource_ids: resources, ...provable } = filters;
  const isOutOfFilter = PROVABLE.some((key) => !passes(key, record, provable[key]));
  if (isOutOfFilter) return 'out_of_filter';
  return resources === undefined || namesResource(record, resources) ? 'asked' : 'doubtful';
}

const PROVABLE = ['event_types', 'project_ids', 'actor_ids', 'actor_emails'] as const;
type Provable = (typeof PROVABLE)[number];

function passes(key: Provable, record: JsonObject, wanted: readonly string[] | undefined): boolean {
  // Before anything is looked for: most sources have no filter, and the look was 700 bytes of garbage an event.
  if (wanted === undefined) return true;
  const found = FOUND[key](record).filter((value) => typeof value === 'string');
  if (found.length === 0) return true;
  if (key !== 'actor_emails') return found.some((value) => wanted.includes(value));
  // Nobody says whether the API minds the case of an address.
  const addresses = wanted.map((address) => address.toLowerCase());
  return found.some((value) => addresses.includes(value.toLowerCase()));
}

const FOUND: Readonly<Record<Provable, (record: JsonObject) => readonly JsonValue[]>> = {
  event_types: ({ type }) => [type ?? null],
  project_ids: (record) => [at(record, 'project', 'id')],
  actor_ids: (record) => [
    at(record, 'actor', 'session', 'user', 'id'),
    at(record, 'actor', 'api_key', 'id'),
    at(record, 'actor', 'api_key', 'user', 'id'),
    at(record, 'actor', 'api_key', 'service_account', 'id'),
  ],
  actor_emails: (record) => [
    at(record, 'actor', 'session', 'user', 'email'),
    at(record, 'actor', 'api_key', 'user', 'email'),
  ],
};

/** Where a payload holds the id of its target is undocumented for most types; a record without any payload says nothing. */
function namesResource(record: JsonObject, wanted: readonly string[]): boolean {
  const { type, details } = record;
  const payload = (typeof type === 'string' ? record[type] : undefined) ?? details;
  return !isObject(payload) || payload['id'] === undefined || wanted.some((id) => holds(record, id));
}

function holds(value: JsonValue | undefined, text: string): boolean {
  if (typeof value === 'string') return value === text;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => holds(inner, text));
}

function at(record: JsonObject, ...path: readonly string[]): JsonValue {
  let value: JsonValue | undefined = record;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value ?? null;
}
