/** One page's question to the API, as a path below the base URL. */
import type { Dialect, Feed } from '../../entry.ts';
import type { Span } from '../../journal/checkpoint.ts';
import { type Filters, filterParameters } from './filters.ts';

/** The API's maximum; its default is 20. */
export const PAGE_EVENTS = 100;

/** Where a page begins: on which side of which event. */
export interface PageCursor {
  /** `after` leads on from page to page; on a server that takes it the other way round `before` does. */
  readonly side: 'after' | 'before';
  readonly id: string;
}

export interface PageQuery {
  readonly feed: Feed;
  readonly filters: Filters;
  /** The same on every page of a walk: a cursor is only good within its own question. */
  readonly window: Span;
  /** Absent: the first page. */
  readonly cursor: PageCursor | undefined;
  /** How many records at most, 1 to 100. Default 100. */
  readonly limit?: number;
  /** Known to the older dialect alone; newest first when absent. */
  readonly order?: Order;
}

export type Order = 'asc' | 'desc';

/** The question as its dialect asks it. */
export function pagePath(query: PageQuery, dialect: Dialect): string {
  return dialect === 'organization_logs' ? organizationLogsPath(query) : auditLogsPath(query);
}

/** `organization_logs/?limit=100&order=desc&after=log_…`: the older dialect knows no time, no feed and no filter. */
function organizationLogsPath({ order = 'desc', cursor, limit = PAGE_EVENTS }: PageQuery): string {
  const parameters = new URLSearchParams({ limit: String(limit), order });
  if (cursor !== undefined) parameters.set('after', cursor.id);
  return `organization_logs/?${parameters.toString()}`;
}

/**
 * `organization/audit_logs?effective_at%5Bgte%5D=…&effective_at%5Blt%5D=…&limit=100`; brackets are
 * encoded as the vendor's SDKs do (openai 7.57.0, read 2026-11-22).
 */
export function auditLogsPath({ feed, filters, window, cursor, limit = PAGE_EVENTS }: PageQuery): string {
  const parameters = new URLSearchParams({
    'effective_at[gte]': String(window.from),
    'effective_at[lt]': String(window.to),
    limit: String(limit),
    // `false` is the default, and servers before July 2026 do not know the parameter.
    ...(feed === 'tenant' ? { tenant_only: 'true' } : {}),
    ...(cursor === undefined ? {} : { [cursor.side]: cursor.id }),
  });
  for (const [name, value] of filterParameters(filters, feed)) parameters.append(name, value);
  return `organization/audit_logs?${parameters.toString()}`;
}
