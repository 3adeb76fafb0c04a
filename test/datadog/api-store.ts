/**
 * What Datadog does with a pipeline, dashboard, rule or monitor that it takes: what it adds, what it leaves out, and what a change of
 * one keeps. As recorded from the API itself, in the tests of Datadog's clients (DataDog/datadog-api-client-typescript, `cassettes`, read in November 2026).
 */
export type Json = Readonly<Record<string, unknown>>;

/** One kind of objects, by id, in the order in which they were made. */
export type Store = Map<string, Json>;

/** By the collection's path. */
export interface Stores {
  readonly pipelines: Store;
  readonly dashboards: Store;
  readonly rules: Store;
  readonly monitors: Store;
}

export function emptyStores(): Stores {
  return { pipelines: new Map(), dashboards: new Map(), rules: new Map(), monitors: new Map() };
}

const MADE_AT = '2026-11-28T10:00:00.000000+00:00';

export function pipelineFrom(body: Json, id: string): Json {
  // Switched off unless it says otherwise.
  return { is_enabled: false, tags: [], ...body, id, type: 'pipeline', is_read_only: false };
}

/** Written as a whole: what is not sent is gone. */
export function dashboardFrom(body: Json, id: string): Json {
  const made = { author_handle: 'ada@example.com', author_name: null, created_at: MADE_AT, modified_at: MADE_AT };
  const defaults = {
    description: null,
    is_read_only: false,
    template_variables: null,
    notify_list: null,
    restricted_roles: [],
  };
  return { ...defaults, ...body, ...made, id, url: `/dashboard/${id}/x`, widgets: numbered(body['widgets']) };
}

/** Each widget gets a number, those within groups too. */
function numbered(widgets: unknown): unknown {
  return (widgets as readonly Json[]).map((widget, index) => {
    const definition = widget['definition'] as Json;
    const inner = definition['widgets'] === undefined ? {} : { widgets: numbered(definition['widgets']) };
    return { ...widget, definition: { ...definition, ...inner }, id: 8_526_780_473_770_766 - index };
  });
}

/** A change names what changes; the version goes up by one. */
export function ruleFrom(body: Json, id: string, before?: Json): Json {
  const defaults = {
    createdAt: 1_795_860_000_000,
    creationAuthorId: 1_445_416,
    isDefault: false,
    isPartner: false,
    isBeta: false,
    isDeleted: false,
    isDeprecated: false,
    hasExtendedTitle: false,
    filters: [],
    blocking: false,
    metadata: { entities: null, sources: null },
  };
  const merged: Json = { ...defaults, ...before, ...body, id, version: Number(before?.['version'] ?? 0) + 1 };
  return {
    ...merged,
    queries: (merged['queries'] as readonly Json[]).map(queryFrom),
    cases: (merged['cases'] as readonly Json[]).map((one) => ({ name: '', notifications: [], ...one })),
    options: optionsFrom(merged['options'] as Json),
  };
}

function queryFrom({ metrics, ...query }: Json): Json {
  const [metric] = (metrics ?? []) as readonly unknown[];
  return {
    groupByFields: [],
    distinctFields: [],
    dataSource: 'logs',
    ...query,
    ...(metric === undefined ? {} : { metric, metrics }),
  };
}

function optionsFrom(options: Json): Json {
  const travel = options['impossibleTravelOptions'] as Json | undefined;
  const news = options['newValueOptions'] as Json | undefined;
  return {
    ...options,
    ...(travel === undefined ? {} : { impossibleTravelOptions: { ...travel, detectIpTransition: false } }),
    ...(news === undefined ? {} : { newValueOptions: { ...news, learningMethod: 'duration', learningThreshold: 0 } }),
  };
}

/** A change keeps the members that it does not name, and has its options in place of all that were there. */
export function monitorFrom(body: Json, id: string, before?: Json): Json {
  const options = {
    notify_audit: false,
    silenced: {},
    include_tags: true,
    new_host_delay: 300,
    notify_no_data: false,
    groupby_simple_monitor: false,
    ...((body['options'] ?? before?.['options'] ?? {}) as Json),
  };
  const defaults = {
    restricted_roles: null,
    deleted: null,
    multi: String(body['query']).includes('.by('),
    created: MADE_AT,
    created_at: 1_795_860_000_000,
    creator: { id: 1_445_416, handle: 'ada@example.com', name: null, email: 'ada@example.com' },
    org_id: 321_813,
    modified: MADE_AT,
    priority: null,
    overall_state_modified: null,
    overall_state: 'No Data',
  };
  return { ...defaults, ...before, ...body, id: Number(id), options };
}
