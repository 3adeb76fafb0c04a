/**
 * The canonical event as a document of OCSF 1.8.0. What every class has stands here, in the order in
 * which it is written; what a class has of its own comes from `ocsf-classes.ts`. Members that are
 * undefined are not written.
 */
import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import { OCSF_VERSION } from './event-types.ts';
import { listOf, some } from './loose-json.ts';
import { actorOf, endpointOf, userOf } from './ocsf-actor.ts';
import { classPart } from './ocsf-classes.ts';

export const SEVERITIES = { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical', 6: 'Fatal' } as const;
export const STATUSES = { success: 'Success', failure: 'Failure', unknown: 'Unknown' } as const;
export const STATUS_IDS = { success: 1, failure: 2, unknown: 0 } as const;
export const PROFILES = { usual: ['cloud', 'datetime'], call: ['ai_operation', 'cloud', 'datetime'] } as const;
export const PRODUCT: JsonObject = { name: 'OpenAI API Platform', vendor_name: 'OpenAI' };

/**
 * Times are whole milliseconds; profiles `cloud` and `datetime`, and `ai_operation` for a call of a model.
 * @param original the record's text, where documents shall carry it: `raw_data`.
 */
export function toOcsf(event: CanonicalEvent, original?: string): JsonObject {
  const { classification, origin, failure } = event;
  // Written out: spreading it here halves the speed of the whole function.
  const head = classification.ocsf;
  const user = userOf(event.actor);
  const part = classPart(event, user);
  return {
    activity_id: head.activity_id,
    activity_name: head.activity_name,
    category_uid: head.category_uid,
    category_name: head.category_name,
    class_uid: head.class_uid,
    class_name: head.class_name,
    type_uid: head.type_uid,
    type_name: head.type_name,
    time: event.timeMs,
    time_dt: new Date(event.timeMs).toISOString(),
    severity_id: classification.severity,
    severity: SEVERITIES[classification.severity],
    status_id: STATUS_IDS[event.outcome],
    status: STATUSES[event.outcome],
    status_code: failure?.code,
    status_detail: failure?.message,
    message: event.message,
    metadata: metadata(event),
    cloud: cloud(event),
    actor: actorOf(event.actor, user),
    api: part.api,
    ai_model: part.ai_model,
    message_context: part.message_context,
    user: part.user,
    group: part.group,
    privileges: part.privileges,
    entity: part.entity,
    entity_result: part.entity_result,
    src_endpoint: endpointOf(origin) ?? part.src_endpoint,
    dst_endpoint: part.dst_endpoint,
    service: part.service,
    is_remote: part.is_remote,
    resource: part.resource,
    resources: part.resources,
    http_request: some({ user_agent: origin.userAgent }),
    observables: observables(event, user),
    unmapped: unmapped(event, part.details),
    raw_data: original,
  };
}

function metadata(event: CanonicalEvent): JsonObject {
  const isCall = event.call?.model !== undefined;
  return {
    version: OCSF_VERSION,
    profiles: isCall ? PROFILES.call : PROFILES.usual,
    product: PRODUCT,
    log_provider: 'OpenAI',
    log_name: event.dialect === 'audit_logs' ? 'organization.audit_logs' : 'organization_logs',
    event_code: event.type,
    original_event_uid: event.id,
    uid: uuidOf(event.id),
    original_time: event.isTimeGuessed ? undefined : String(event.timeMs / 1000),
    logged_time: event.receivedMs,
    tenant_uid: event.organization?.id,
    labels: event.isTimeGuessed ? ['time-guessed'] : undefined,
  };
}

/** UUIDv5 of the list endpoint's URL within the URL namespace (RFC 9562 section 5.5). */
const NAMESPACE = Buffer.from('59aaacd1ef7e5f29b9a97f9b4bf01293', 'hex');

/** The digit of a UUID that says its variant, by the one that the hash has there. */
const VARIANT = '89ab89ab89ab89ab';

/** OCSF 1.8.0 wants an id other than the source's own; this one follows from it. */
export function uuidOf(id: string): string {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(id)]));
  const variant = VARIANT[Number.parseInt(digest.charAt(16), 16)];
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function cloud({ organization, project }: CanonicalEvent): JsonObject {
  const isProject = project.id !== undefined || project.name !== undefined;
  return {
    provider: 'OpenAI',
    org: some({ uid: organization?.id, name: organization?.name }),
    account: isProject ? { uid: project.id, name: project.name, type_id: 99, type: 'OpenAI Project' } : undefined,
  };
}

function observables({ origin }: CanonicalEvent, user: JsonObject | undefined): readonly JsonObject[] | undefined {
  const seen: readonly (readonly [string, number, string, JsonValue | undefined])[] = [
    ['src_endpoint.ip', 2, 'IP Address', origin.ip],
    ['actor.user.email_addr', 5, 'Email Address', user?.['email_addr']],
    ['actor.user.uid', 31, 'User Object: uid', user?.['uid']],
    ['http_request.user_agent', 16, 'HTTP User-Agent', origin.userAgent],
  ];
  const found = seen
    .filter(([, , , value]) => value !== undefined)
    .map(([name, type_id, type, value]) => ({ name, type_id, type, value }));
  return found.length === 0 ? undefined : found;
}

function unmapped({ actor, call }: CanonicalEvent, details: JsonObject | undefined): JsonObject | undefined {
  return some({
    actor_type: actor.type,
    api_key_type: actor.keyType,
    response_model: call?.responseModel,
    finish_reasons: listOf(...(call?.finishReasons ?? [])),
    details,
  });
}
