/** One page's question to the API, as a path below the base URL. */
import type { Feed } from '../entry.ts';
import type { Span } from '../journal/checkpoint.ts';

/** The API's maximum; its default is 20. */
const PAGE_EVENTS = 100;

export interface PageQuery {
  readonly feed: Feed;
  /** The same on every page of a walk: a cursor is only good within its own question. */
  readonly window: Span;
  /** The id after which the page begins. Absent: the first page. */
  readonly after: string | undefined;
}

/**
 * `organization/audit_logs?effective_at%5Bgte%5D=…&effective_at%5Blt%5D=…&limit=100`; brackets are
 * encoded as the vendor's SDKs do (openai 7.57.0, read 2026-11-22).
 */
export function auditLogsPath({ feed, window, after }: PageQuery): string {
  const parameters = new URLSearchParams({
    'effective_at[gte]': String(window.from),
    'effective_at[lt]': String(window.to),
    limit: String(PAGE_EVENTS),
    // `false` is the default, and servers before July 2026 do not know the parameter.
    ...(feed === 'tenant' ? { tenant_only: 'true' } : {}),
    ...(after === undefined ? {} : { after }),
  });
  return `organization/audit_logs?${parameters.toString()}`;
}
