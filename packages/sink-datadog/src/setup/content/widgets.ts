/** The kinds of widgets on the dashboard (docs.datadoghq.com/dashboards/widgets, read in November 2026), each from what differs. */
import type { JsonObject } from '../shapes.ts';

/** In twelfths of the width, from 0; heights are rows. */
export interface Layout extends JsonObject {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Counting {
  readonly title: string;
  /** A search. The dashboard's `$actor` is added to it. */
  readonly search: string;
}

function count(search: string, by?: string, limit = 10): JsonObject {
  const sort = { aggregation: 'count', order: 'desc' };
  return {
    data_source: 'logs',
    name: 'events',
    indexes: ['*'],
    search: { query: `${search} $actor` },
    compute: { aggregation: 'count' },
    ...(by === undefined ? {} : { group_by: [{ facet: by, limit, sort }] }),
  };
}

const FORMULAS = [{ formula: 'events' }];

/** One number. */
export function number({ title, search }: Counting, layout: Layout): JsonObject {
  const requests = [{ response_format: 'scalar', queries: [count(search)], formulas: FORMULAS }];
  return { definition: { type: 'query_value', title, requests, autoscale: false, precision: 0 }, layout };
}

/** Bars over time, one colour for each value of `by`. */
export function bars({ title, search, by }: Counting & { readonly by: string }, layout: Layout): JsonObject {
  const request = {
    response_format: 'timeseries',
    queries: [count(search, by)],
    formulas: FORMULAS,
    display_type: 'bars',
  };
  return { definition: { type: 'timeseries', title, requests: [request] }, layout };
}

/** The most frequent values of `by`. */
export function top({ title, search, by }: Counting & { readonly by: string }, layout: Layout): JsonObject {
  const requests = [{ response_format: 'scalar', queries: [count(search, by)], formulas: FORMULAS }];
  return { definition: { type: 'toplist', title, requests }, layout };
}

/** The events themselves, newest first. */
export function list({ title, search }: Counting, layout: Layout): JsonObject {
  const columns = ['timestamp', 'status', '@evt.name', '@usr.email', '@network.client.ip', 'content'].map((field) => ({
    field,
    width: 'auto',
  }));
  const query = {
    data_source: 'logs_stream',
    query_string: `${search} $actor`,
    indexes: [],
    sort: { column: 'timestamp', order: 'desc' },
  };
  return {
    definition: { type: 'list_stream', title, requests: [{ response_format: 'event_list', columns, query }] },
    layout,
  };
}

export function note(content: string, layout: Layout): JsonObject {
  return { definition: { type: 'note', content, background_color: 'gray' }, layout };
}

export function group(title: string, widgets: readonly JsonObject[], layout: Layout): JsonObject {
  return { definition: { type: 'group', layout_type: 'ordered', title, show_title: true, widgets }, layout };
}
