/** The doctor's questions to the API as paths below the base URL: freer than the relay's own, in `../api/query.ts`. */
import type { Feed } from '../../entry.ts';
import type { Span } from '../../journal/checkpoint.ts';
import { filterParameters } from '../api/filters.ts';
import type { SourceConfig } from '../config.ts';

/** What is asked of one page; whatever is absent is not sent, and the server takes its own default. */
export interface Question {
  readonly feed: Feed;
  readonly limit: number;
  readonly window?: Span;
  /** Ids of events. */
  readonly after?: string;
  readonly before?: string;
  /** Known to the older dialect alone. */
  readonly order?: 'asc' | 'desc';
}

/**
 * `organization/audit_logs?limit=5&after=audit_log-…`, with the filters of the configuration, or
 * `organization_logs/?limit=5&order=desc`.
 */
export function questionPath(question: Question, config: SourceConfig): string {
  const { feed, limit, window, after, before, order } = question;
  const parameters = new URLSearchParams({ limit: String(limit) });
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) parameters.set(name, String(value));
  };
  set('after', after);
  set('before', before);
  if (config.dialect === 'organization_logs') {
    set('order', order);
    return `organization_logs/?${parameters.toString()}`;
  }
  set('effective_at[gte]', window?.from);
  set('effective_at[lt]', window?.to);
  if (feed === 'tenant') set('tenant_only', 'true');
  for (const [name, value] of filterParameters(config, feed)) parameters.append(name, value);
  return `organization/audit_logs?${parameters.toString()}`;
}

/** `organization_logs/log_abc123`: only the older dialect can be asked for one event. */
export function singleLogPath(id: string): string {
  return `organization_logs/${encodeURIComponent(id)}`;
}
