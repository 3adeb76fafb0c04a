/**
 * From a request to its answer, in the order of the checks: planned failures, key, feed, query, page.
 * Everything here is a value; the network is in `server.ts`.
 */
import type { AuditLog } from './audit-log.ts';
import type { Knobs } from './knobs.ts';
import type { Page } from './page.ts';
import { type Query, readFeed, readQuery } from './query.ts';
import { ApiError, type ApiRequest, type Reply } from './reply.ts';

export interface AnswerContext {
  readonly log: AuditLog;
  readonly knobs: Knobs;
  /** The only bearer token that opens the log. */
  readonly key: string;
}

/** Answers a request for audit logs. */
export function answer(request: ApiRequest, context: AnswerContext): Reply {
  try {
    return plannedReply(request, context.knobs) ?? auditLogs(request, context);
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    throw error;
  }
}

function plannedReply(request: ApiRequest, { intercept, fail }: Knobs): Reply | undefined {
  return intercept?.(request) ?? fail.find(({ afterRequests }) => afterRequests === request.number - 1);
}

function auditLogs({ method, path, query, headers }: ApiRequest, { log, knobs, key }: AnswerContext): Reply {
  if (method !== 'GET') throw new ApiError(405, { message: `${path} takes GET, not ${method}.` });
  authorize(headers.authorization, key);
  checkAvailable(readFeed(query), knobs);
  const asked = readQuery(query, knobs);
  const page: Page = knobs.logging_off === 'empty' ? { events: [], hasMore: false } : log.page(asked, knobs.order);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: encodePage(page, log, knobs) };
}

/** A key of another kind is known to the API, but lacks the scope; one that is not known is no key at all. */
function authorize(authorization: string | undefined, key: string): void {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === key) return;
  if (token === undefined) {
    throw new ApiError(401, { message: 'No API key was given: send it as Authorization: Bearer <admin key>.' });
  }
  if (token.startsWith('sk-') && !token.startsWith('sk-admin-')) {
    throw new ApiError(401, {
      message: 'You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read.',
    });
  }
  throw new ApiError(401, { message: 'The API key is not correct, or it was revoked.', code: 'invalid_api_key' });
}

function checkAvailable(feed: Query['feed'], { logging_off, tenant_unavailable }: Knobs): void {
  if (logging_off === '403')
    throw new ApiError(403, { message: 'Audit logging is not enabled for this organization.' });
  if (feed === 'tenant' && tenant_unavailable !== undefined) {
    throw new ApiError(tenant_unavailable, {
      message: 'This organization belongs to no tenant.',
      param: 'tenant_only',
    });
  }
}

/** `{"object":"list","data":[…],"first_id":"audit_log-…","last_id":"audit_log-…","has_more":true}` */
function encodePage({ events, hasMore }: Page, log: AuditLog, { envelope }: Knobs): Uint8Array {
  const ids = events.map((event) => log.id(event));
  // The records' own bytes, whatever they are: nothing between file and wire reads them.
  const records = events.flatMap((event, index) => (index === 0 ? [log.record(event)] : [comma, log.record(event)]));
  const head = envelope.object === 'present' ? '{"object":"list","data":[' : '{"data":[';
  return Buffer.concat([
    Buffer.from(head),
    ...records,
    Buffer.from(`]${pageIds(ids, envelope.ids)},"has_more":${hasMore}}`),
  ]);
}

const comma = Buffer.from(',');

function pageIds(ids: readonly (string | undefined)[], form: Knobs['envelope']['ids']): string {
  if (form === 'absent') return '';
  const isShown = (id: string | undefined): boolean => id !== undefined && form === 'present';
  return `,"first_id":${JSON.stringify(ids.find(isShown) ?? null)},"last_id":${JSON.stringify(ids.findLast(isShown) ?? null)}`;
}
