/**
 * What each OCSF class has of its own. A type keeps its class for ever: where the payload lacks what
 * the class demands, the name is `unknown`.
 */
import type { JsonObject, JsonValue } from '../event.ts';
import type { ApiCall, CanonicalEvent } from './canonical.ts';
import { some } from './loose-json.ts';
import { UNKNOWN_USER } from './ocsf-actor.ts';
import type { ClassPart } from './ocsf-class-part.ts';
import { entityPart } from './ocsf-entity.ts';

const PRODUCT = 'OpenAI API Platform';
const DESTINATION: JsonObject = { name: PRODUCT, svc_name: 'openai' };
const SERVICE: JsonObject = { name: PRODUCT };

/** @param user the one who acted, as `actor.user` has it. */
export function classPart(event: CanonicalEvent, user: JsonObject | undefined): ClassPart {
  const { details } = event.payload;
  switch (event.classification.ocsf.class_uid) {
    case 3001:
      return { user: account(event), details };
    case 3002:
      return signInPart(user ?? UNKNOWN_USER, details);
    case 3004:
      return entityPart(event);
    case 3005:
      return { user: account(event), privileges: privileges(event), resources: asList(resource(event)), details };
    case 3006:
      return groupPart(event);
    default:
      return apiPart(event);
  }
}

/** Somebody signs in or out. */
export function signInPart(user: JsonObject | undefined, details: JsonObject | undefined): ClassPart {
  return { ...(user && { user }), dst_endpoint: DESTINATION, service: SERVICE, is_remote: true, details };
}

/** The account it was done to, which the API names by its id alone. */
function account({ classification, payload }: CanonicalEvent): JsonObject {
  const id = payload.targets[0]?.id;
  if (id === undefined) return UNKNOWN_USER;
  const { type, type_id } = classification.ocsf.objectType ?? {};
  return { uid: id, name: id, type_id, type };
}

/** The role asked for, the role assigned, or the assignment where its role cannot be read. */
function privileges({ payload }: CanonicalEvent): readonly string[] {
  return [payload.roleRequested ?? payload.assignment?.roleId ?? payload.assignment?.id ?? 'unknown'];
}

/** What the role is good for. `role_id` 1: the target. */
function resource({ payload }: CanonicalEvent): JsonObject | undefined {
  const { resourceId, resourceType } = payload.assignment ?? {};
  return resourceId === undefined ? undefined : { uid: resourceId, type: resourceType, role_id: 1 };
}

function asList(value: JsonObject | undefined): readonly JsonObject[] | undefined {
  return value === undefined ? undefined : [value];
}

function groupPart(event: CanonicalEvent): ClassPart {
  const { targets, assignment, details } = event.payload;
  const [target] = targets;
  return {
    group: target === undefined ? { name: 'unknown' } : { uid: target.id, name: target.name },
    privileges: assignment === undefined ? undefined : privileges(event),
    resource: resource(event),
    details,
  };
}

/** API Activity: unknown types, and the calls of the `organization_logs` dialect. */
function apiPart(event: CanonicalEvent): ClassPart {
  const { call, payload, targetType } = event;
  const resources = payload.targets.map(({ id, name }) => ({ uid: id, name, type: targetType, role_id: 1 }));
  return {
    api: {
      operation: event.type,
      request: some({ uid: call?.requestId }),
      response: some({ error: event.failure?.code, error_message: event.failure?.message }),
      service: SERVICE,
    },
    ai_model: call?.model === undefined ? undefined : { name: call.model, ai_provider: 'OpenAI' },
    message_context: call === undefined ? undefined : messageContext(call),
    src_endpoint: { name: 'unknown' },
    dst_endpoint: DESTINATION,
    resources: resources.length === 0 ? undefined : resources,
    details: payload.details,
  };
}

/** OCSF has it in the profile `ai_operation` only, which needs a model. */
function messageContext({ model, inputTokens, outputTokens, totalTokens }: ApiCall): JsonObject | undefined {
  const counts: Readonly<Record<string, JsonValue | undefined>> = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: totalTokens,
  };
  const found = model === undefined ? undefined : some(counts);
  return found === undefined ? undefined : { ...found, service: SERVICE };
}
