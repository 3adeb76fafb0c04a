/**
 * From a request to its answer, step by step: refuse it, read it, make the page, alter it, write it.
 * Each knob is one small function in one step's table. Everything here is a value; what happens on the
 * wire is in `delivery.ts`.
 */
import type { AnswerContext } from './answer-context.ts';
import type { AuditLog } from './audit-log.ts';

import { at } from './json.ts';
import type { Knobs } from './knobs.ts';
import { altered, encodeListing, encodeLogs, type Listing } from './listing.ts';
import { logId, logRecord, organizationLogParameters, possibleEventIds } from './organization-logs.ts';
import type { Page } from './page.ts';
import { type Query, readFeed } from './query.ts';
import { auditLogParameters, heeded, understood } from './question.ts';
import { refusal } from './refusals.ts';
import { ApiError, type ApiRequest, errorReply, invalid, type Reply } from './reply.ts';
import type { EventNumber } from './store.ts';

export const auditLogsPath = '/v1/organization/audit_logs';
/** The older dialect's list; a single log's id follows it. */
export const organizationLogsPath = '/v1/organization_logs/';

/** Answers a request for audit logs, in either dialect. */
export function answer(request: ApiRequest, context: AnswerContext): Reply {
  try {
    const refused = refusal(request, context);
    if (refused !== undefined) return refused;
    if (request.path === auditLogsPath) return auditLogs(request, context);
    const id = request.path.slice(organizationLogsPath.length);
    return id === '' ? organizationLogs(request, context) : organizationLog(id, context);
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    throw error;
  }
}

function auditLogs({ query: parameters }: ApiRequest, context: AnswerContext): Reply {
  const { log, knobs } = context;
  const taken = heeded(parameters, auditLogParameters, knobs);
  // Before the rest is read: whoever has no tenant learns that first.
  if (readFeed(taken) === 'tenant') refuseTenant(knobs);
  const page = makePage(understood(taken, knobs), knobs.order, context);
  const records = page.events.map((event) => told(event, context));
  const ids = page.events.map((event) => log.id(event));
  return json(encodeListing(altered(listing(page, records, ids), knobs)));
}

const earlyS = 3_600;

/** The record as it is told by now: the time of a new one may not be settled. */
function told(event: EventNumber, { log, knobs: { unsettled_s, unsettled_time }, now }: AnswerContext): Buffer {
  const record = log.record(event);
  if (now() >= log.visibleAtMs(event) + unsettled_s * 1_000) return record;
  const value: unknown = JSON.parse(record.toString());
  const time = at(value, 'effective_at');
  if (typeof value !== 'object' || typeof time !== 'number') return record;
  return Buffer.from(JSON.stringify({ ...value, effective_at: unsettled_time === 'null' ? null : time - earlyS }));
}

/** Takes `limit`, `after` and `order`; newest first when nothing is said. */
function organizationLogs({ query: parameters }: ApiRequest, context: AnswerContext): Reply {
  const { log, knobs } = context;
  const taken = heeded(parameters, organizationLogParameters, knobs);
  const asked = new URLSearchParams();
  const [limit, after] = [taken.get('limit'), taken.get('after')];
  if (limit !== null) asked.set('limit', limit);
  if (after !== null) asked.set('after', eventIdOf(log, after) ?? after);
  const page = makePage(understood(asked, knobs), readOrder(taken, knobs), context);
  const records = page.events.map((event) => logRecord(told(event, context), log.type(event)));
  const ids = page.events.map((event) => logIdOf(log, event));
  return json(encodeLogs(altered(listing(page, records, ids), knobs), knobs.organization_logs));
}

function organizationLog(id: string, { log, knobs }: AnswerContext): Reply {
  const eventId = knobs.logging_off === 'empty' ? undefined : eventIdOf(log, id);
  const event = eventId === undefined ? undefined : log.find(eventId, 'organization');
  if (event === undefined) return errorReply(404, { message: `There is no log with the id '${id}'.` });
  return json(logRecord(log.record(event), log.type(event)));
}

function json(body: Buffer): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function refuseTenant({ tenant_unavailable }: Knobs): void {
  if (tenant_unavailable === undefined) return;
  throw new ApiError(tenant_unavailable, {
    message: 'This organization belongs to no tenant.',
    param: 'tenant_only',
  });
}

const emptyPage: Page = { events: [], hasMore: false };

function makePage(query: Query, order: Knobs['order'], { log, knobs, history, now }: AnswerContext): Page {
  if (knobs.logging_off === 'empty') return emptyPage;
  const cursor = query.after ?? query.before;
  if (cursor !== undefined) log.arriveNear(cursor, query.feed, knobs.insert_during_walk);
  if (isAtFalseEnd(query, { log, knobs, history, now })) return emptyPage;
  const page = log.page(query, order);
  // Only what may expire is remembered.
  if (knobs.cursor_expires_s > 0) {
    const ends = [page.events.at(0), page.events.at(-1)];
    history.handOut(
      ends.map((event) => (event === undefined ? undefined : log.id(event))),
      now(),
    );
  }
  return page;
}

/** True when a cursor is good for nothing and the server keeps silent about it. @throws ApiError (400) for an expired one, when it says so. */
function isAtFalseEnd(
  query: Query,
  { log, knobs, history, now }: Pick<AnswerContext, 'log' | 'knobs' | 'history' | 'now'>,
): boolean {
  const { after_unknown, cursor_expires_s } = knobs;
  for (const name of ['after', 'before'] as const) {
    const id = query[name];
    if (id === undefined) continue;
    const isExpired = cursor_expires_s > 0 && history.ageMs(id, now()) > cursor_expires_s * 1_000;
    if (isExpired && after_unknown === '400') throw invalid(name, `The cursor '${id}' has expired.`);
    // An unknown one is refused where the page is made.
    if (after_unknown === 'empty' && (isExpired || log.find(id, query.feed) === undefined)) return true;
  }
  return false;
}

function listing(page: Page, records: readonly Uint8Array[], ids: readonly (string | undefined)[]): Listing {
  return {
    records,
    hasMore: page.hasMore,
    object: 'list',
    firstId: ids.find((id) => id !== undefined) ?? null,
    lastId: ids.findLast((id) => id !== undefined) ?? null,
  };
}

function readOrder(parameters: URLSearchParams, { order, ignore_order }: Knobs): Knobs['order'] {
  const asked = parameters.get('order') ?? order;
  if (asked !== 'asc' && asked !== 'desc') throw invalid('order', `Expected asc or desc, but got '${asked}'.`);
  return ignore_order ? order : asked;
}

function logIdOf(log: AuditLog, event: EventNumber): string | undefined {
  const id = log.id(event);
  return id === undefined ? undefined : logId(id, log.type(event));
}

/** The id of the event whose log is called `id`; undefined when none is visible. */
function eventIdOf(log: AuditLog, id: string): string | undefined {
  return possibleEventIds(id).find((eventId) => {
    const event = log.find(eventId, 'organization');
    return event !== undefined && logIdOf(log, event) === id;
  });
}
