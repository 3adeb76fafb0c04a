/**
 * The canonical event as a document of the Elastic Common Schema 9.4.0, which is also what a `when`
 * reads. `user` is who did it, `user.target` the user it was done to, `user.changes` the new values.
 * Members stand in one order for ever; those that are undefined are not written.
 */
import type { JsonObject } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import { ECS_VERSION } from './event-types.ts';
import { listOf, some } from './loose-json.ts';
import type { Origin } from './origin.ts';
import type { Target } from './payload.ts';

export interface EcsContext {
  readonly dataset: string;
  readonly namespace: string;
  /** Absent in what a `when` reads: it is about the event, not about the relay. */
  readonly agent: JsonObject | undefined;
  /** The record's text, where documents shall carry it: `event.original`. */
  readonly original?: string | undefined;
}

export const OBSERVER: JsonObject = { vendor: 'OpenAI', product: 'OpenAI API Platform' };

export const TAGS = {
  usual: ['forwarded', 'openai-audit'],
  guessed: ['forwarded', 'openai-audit', 'time-guessed'],
} as const;

/** Dates are RFC 3339 in UTC with milliseconds; every field that ECS calls an array is one. */
export function toEcs(event: CanonicalEvent, context: EcsContext): JsonObject {
  const { origin } = event;
  return {
    '@timestamp': new Date(event.timeMs).toISOString(),
    ecs: { version: ECS_VERSION },
    message: event.message,
    data_stream: { type: 'logs', dataset: context.dataset, namespace: context.namespace },
    observer: OBSERVER,
    agent: context.agent,
    tags: event.isTimeGuessed ? TAGS.guessed : TAGS.usual,
    organization: some({ id: event.organization?.id, name: event.organization?.name }),
    event: eventFields(event, context),
    error: event.failure === undefined ? undefined : some({ ...event.failure }),
    user: user(event),
    group: group(event),
    source: source(origin),
    user_agent: some({ original: origin.userAgent }),
    tls: origin.ja3 === undefined ? undefined : { client: { ja3: origin.ja3 } },
    related: some({ ip: listOf(origin.ip), user: relatedUsers(event) }),
    http: event.call?.requestId === undefined ? undefined : { request: { id: event.call.requestId } },
    gen_ai: genAi(event),
    openai: openai(event),
  };
}

function eventFields(event: CanonicalEvent, { dataset, original }: EcsContext): JsonObject {
  const { category, types } = event.classification;
  return {
    kind: 'event',
    module: 'openai',
    dataset,
    provider: event.dialect === 'audit_logs' ? 'organization.audit_log' : 'organization_logs',
    id: event.id,
    action: event.type,
    category,
    type: types,
    outcome: event.outcome,
    created: new Date(event.receivedMs).toISOString(),
    reason: event.failure?.message,
    original,
  };
}

function user(event: CanonicalEvent): JsonObject | undefined {
  const { person, keyName } = event.actor;
  return some({
    id: person?.id,
    name: person?.name ?? keyName,
    email: person?.email,
    domain: person?.domain,
    target: targetUser(event),
    changes: some({ roles: listOf(event.payload.roleRequested) }),
  });
}

export function targetUser({ classification, payload }: CanonicalEvent): JsonObject | undefined {
  const isUser = classification.concerns === 'user';
  return some({
    id: isUser ? payload.targets[0]?.id : undefined,
    email: payload.invited?.email,
    roles: listOf(isUser ? payload.assignment?.roleId : payload.invited?.role),
  });
}

export function group({ classification, payload }: CanonicalEvent): JsonObject | undefined {
  if (classification.concerns !== 'group') return undefined;
  return some({ id: payload.targets[0]?.id, name: payload.targets[0]?.name });
}

function source({ address, ip, port, place }: Origin): JsonObject | undefined {
  return some({
    address,
    ip,
    port,
    as: some({ number: place.asn }),
    geo: some({
      country_iso_code: place.country,
      country_name: place.countryName,
      region_name: place.region,
      region_iso_code: place.regionCode,
      city_name: place.city,
      location: some({ lat: place.latitude, lon: place.longitude }),
    }),
  });
}

/** Everybody the event names, so that one search finds all that a user did or suffered. */
export function relatedUsers(event: CanonicalEvent): readonly string[] | undefined {
  const { person, keyName } = event.actor;
  const target = event.classification.concerns === 'user' ? event.payload.targets[0]?.id : undefined;
  const users = listOf(person?.id, person?.name ?? keyName, person?.email, target, event.payload.invited?.email);
  return users === undefined ? undefined : [...new Set(users)].sort();
}

/** Of the `organization_logs` dialect. All these fields are beta in ECS 9.4. */
function genAi({ call }: CanonicalEvent): JsonObject | undefined {
  if (call === undefined) return undefined;
  return {
    system: 'openai',
    operation: some({ name: call.operation }),
    request: some({ model: call.model }),
    response: some({ id: call.responseId, model: call.responseModel }),
    usage: some({ input_tokens: call.inputTokens, output_tokens: call.outputTokens }),
  };
}

/** Our own namespace. The payload is one `flattened` field: under its type's name it would be 149 subtrees. */
function openai({ actor, origin, project, targetType, payload }: CanonicalEvent): JsonObject | undefined {
  const audit = some({
    actor: some({
      type: actor.type,
      api_key: some({ id: actor.keyId, type: actor.keyType }),
      service_account: some({ id: actor.serviceAccountId }),
      session: some({ ja4: origin.ja4 }),
    }),
    project: some({ id: project.id, name: project.name }),
    target: some({ type: targetType, id: each(payload.targets, 'id'), name: each(payload.targets, 'name') }),
    details: payload.details,
  });
  return audit === undefined ? undefined : { audit };
}

/** One value as it is, several as a list. */
export function each(targets: readonly Target[], member: keyof Target): string | readonly string[] | undefined {
  if (targets.length <= 1) return targets[0]?.[member];
  return listOf(...targets.map((target) => target[member]));
}
