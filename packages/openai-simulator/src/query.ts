/**
 * Reads the query string of `GET /v1/organization/audit_logs`. Brackets may be percent-encoded or bare;
 * names that the API does not know are ignored, so a misspelt filter gives a valid page of wrong events.
 */
import { type Feed, feedOf } from './feed.ts';
import type { Knobs } from './knobs.ts';
import { invalid } from './reply.ts';

/** The lists that narrow a page to events that match one of their values. */
export interface Filters {
  readonly event_types: ReadonlySet<string>;
  readonly project_ids: ReadonlySet<string>;
  readonly actor_ids: ReadonlySet<string>;
  readonly actor_emails: ReadonlySet<string>;
  readonly resource_ids: ReadonlySet<string>;
}

/** Seconds since the epoch, each bound on its own; several may be given together. */
export interface TimeBounds {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** A request for a page, checked. */
export interface Query {
  readonly feed: Feed;
  /** 1 to 100. */
  readonly limit: number;
  readonly effectiveAt: TimeBounds;
  /** Empty sets do not narrow. */
  readonly filters: Filters;
  /** Ids of events. */
  readonly after?: string;
  readonly before?: string;
}

const defaultLimit = 20;
const maxLimit = 100;

/** @throws ApiError (400) for a value of the wrong form, or a type that is not of the tenant feed when that is asked. */
export function readQuery(parameters: URLSearchParams, knobs: Pick<Knobs, 'limit_above_max'>): Query {
  const feed = readFeed(parameters);
  const filters: Filters = {
    event_types: readSet(parameters, 'event_types'),
    project_ids: readSet(parameters, 'project_ids'),
    actor_ids: readSet(parameters, 'actor_ids'),
    actor_emails: readSet(parameters, 'actor_emails'),
    resource_ids: readSet(parameters, 'resource_ids'),
  };
  const stranger = feed === 'tenant' ? [...filters.event_types].find((type) => feedOf(type) !== 'tenant') : undefined;
  if (stranger !== undefined) {
    throw invalid('event_types', `With tenant_only=true every event type must be tenant-scoped; ${stranger} is not.`);
  }
  return {
    feed,
    limit: readLimit(parameters, knobs.limit_above_max),
    effectiveAt: readBounds(parameters),
    filters,
    ...readText(parameters, 'after'),
    ...readText(parameters, 'before'),
  };
}

/** Which feed is asked for, also before the rest is read; @throws ApiError (400) when the value is no boolean. */
export function readFeed(parameters: URLSearchParams): Feed {
  const value = parameters.get('tenant_only') ?? 'false';
  if (value !== 'true' && value !== 'false')
    throw invalid('tenant_only', `Expected true or false, but got '${value}'.`);
  return value === 'true' ? 'tenant' : 'organization';
}

function readLimit(parameters: URLSearchParams, aboveMax: Knobs['limit_above_max']): number {
  const limit = readInteger(parameters, 'limit') ?? defaultLimit;
  if (limit < 1) throw invalid('limit', `Expected a value of 1 or more, but got ${limit}.`);
  if (limit > maxLimit && aboveMax === 'error') {
    throw invalid('limit', `Expected a value of ${maxLimit} or less, but got ${limit}.`);
  }
  return Math.min(limit, maxLimit);
}

function readBounds(parameters: URLSearchParams): TimeBounds {
  const bounds: { -readonly [Key in keyof TimeBounds]: TimeBounds[Key] } = {};
  for (const bound of ['gt', 'gte', 'lt', 'lte'] as const) {
    const seconds = readInteger(parameters, `effective_at[${bound}]`);
    if (seconds !== undefined) bounds[bound] = seconds;
  }
  return bounds;
}

function readInteger(parameters: URLSearchParams, name: string): number | undefined {
  const value = parameters.get(name);
  if (value === null) return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw invalid(name, `Expected an integer, but got '${value}'.`);
  return Number(value);
}

function readSet(parameters: URLSearchParams, name: string): ReadonlySet<string> {
  return new Set(parameters.getAll(`${name}[]`));
}

function readText<Name extends string>(parameters: URLSearchParams, name: Name): { readonly [Key in Name]?: string } {
  const value = parameters.get(name);
  // One key with the value it has; the compiler widens a computed key to any string.
  return value === null ? {} : ({ [name]: value } as { readonly [Key in Name]: string });
}
