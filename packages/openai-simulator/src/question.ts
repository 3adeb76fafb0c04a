/**
 * The second step of an answer: what the server takes a request to ask. First the parameters, then the
 * query read from them pass through small steps, one for each knob, that leave it as it is or twist it.
 */
import type { FilterName, Knobs } from './knobs.ts';
import { type Query, readQuery } from './query.ts';
import { invalid } from './reply.ts';

const listFilters = ['event_types', 'project_ids', 'actor_ids', 'actor_emails', 'resource_ids'] as const;
const bounds = ['gt', 'gte', 'lt', 'lte'] as const;

/** Every parameter that the audit-log API documents, as on the wire. */
export const auditLogParameters: ReadonlySet<string> = new Set([
  'limit',
  'after',
  'before',
  'tenant_only',
  ...bounds.map((bound) => `effective_at[${bound}]`),
  ...listFilters.map((name) => `${name}[]`),
]);

/** The parameters as far as the server heeds them. @throws ApiError (400) for an unknown one, if those are refused. */
export function heeded(parameters: URLSearchParams, known: ReadonlySet<string>, knobs: Knobs): URLSearchParams {
  const { ignore_unknown_params, ignore_filters } = knobs;
  const stranger = ignore_unknown_params ? undefined : [...parameters.keys()].find((name) => !known.has(name));
  if (stranger !== undefined) throw invalid(stranger, 'There is no parameter of this name.');
  if (ignore_filters.length === 0) return parameters;
  // `effective_at[gte]` and `event_types[]` are named without their brackets.
  const ignored = (name: string): boolean =>
    ignore_filters.some((filter: FilterName) => filter === name.replace(/\[.*$/, ''));
  return new URLSearchParams([...parameters].filter(([name]) => !ignored(name)));
}

type Twist = (query: Query, knobs: Knobs) => Query;

/** In this order: which cursor is `after` decides whether the window is dropped. */
const twists: readonly Twist[] = [
  (query, { cursor_swap }) => (cursor_swap ? withCursors(query, query.before, query.after) : query),
  (query, { repeat_page }) => (repeat_page ? withCursors(query, undefined, undefined) : query),
  (query, { ignore_window_with_after }) =>
    ignore_window_with_after && query.after !== undefined ? { ...query, effectiveAt: {} } : query,
];

/** The query that the server answers. @throws ApiError (400) for a value of the wrong form. */
export function understood(parameters: URLSearchParams, knobs: Knobs): Query {
  return twists.reduce((query, twist) => twist(query, knobs), readQuery(parameters, knobs));
}

function withCursors(query: Query, after: string | undefined, before: string | undefined): Query {
  const { feed, limit, effectiveAt, filters } = query;
  return {
    feed,
    limit,
    effectiveAt,
    filters,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}
