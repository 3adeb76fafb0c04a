/**
 * The `organization_logs` dialect, an older documented form: `event` for `type`, one `target`, and
 * `api_request` for calls of the API. Ends in the same canonical event as `canonical.ts`. Prompts and
 * responses are not carried over: they are content, not audit.
 */
import type { Entry } from '../entry.ts';
import { isObject, type JsonObject, type JsonValue } from '../event.ts';
import { type Actor, domainOf, type Person } from './actor.ts';
import { type ApiCall, type Failure, organizationOf, type Said, variantOf } from './canonical.ts';
import { type Classification, classify, type EventOutcome } from './event-types.ts';
import { isTelling, objectAt, text } from './loose-json.ts';
import { FROM_NOWHERE } from './origin.ts';
import { interpretPayload, type Payload } from './payload.ts';

/** The types that both dialects have under two names. */
export const TYPES_BY_OLD_NAME: ReadonlyMap<string, string> = new Map([
  ['organization.user.created', 'user.added'],
  ['organization.user.updated', 'user.updated'],
  ['organization.user.deleted', 'user.deleted'],
  ['organization.api_key.created', 'api_key.created'],
  ['organization.api_key.updated', 'api_key.updated'],
  ['organization.api_key.deleted', 'api_key.deleted'],
]);

/** By what the record holds, so that a file of old events is read right whatever the source says. */
export function isOrganizationLog(record: JsonObject): boolean {
  return text(record['event']) !== undefined && text(record['type']) === undefined;
}

/** @param record one for which `isOrganizationLog` is true. */
export function readOrganizationLog(record: JsonObject, entry: Entry): Said {
  const type = text(record['event']) ?? entry.type;
  const request = objectAt(record, 'api_request');
  const target = objectAt(record, 'target');
  const failure = failureOf(objectAt(request, 'error'));
  const payload = payloadOf(target, TYPES_BY_OLD_NAME.get(type));
  const actor = objectAt(record, 'actor');
  const ownOrganization = text(actor['type']) === 'organization' ? text(actor['id']) : undefined;
  return {
    type,
    dialect: 'organization_logs',
    organization: organizationOf(entry, ownOrganization),
    project: { id: undefined, name: undefined },
    classification: classificationOf(type, payload, failure),
    outcome: outcomeOf(record['success'] ?? request['success']),
    failure,
    actor: readActor(actor),
    origin: FROM_NOWHERE,
    targetType: text(target['type']),
    payload,
    call: isTelling(request) ? readCall(request, type, target) : undefined,
  };
}

function payloadOf(target: JsonObject, alias: string | undefined): Payload {
  const { id = null, name = null } = target;
  const reads = alias === undefined ? '-' : classify(alias).reads;
  return { ...interpretPayload({ id, name }, reads), details: undefined };
}

function classificationOf(type: string, payload: Payload, failure: Failure | undefined): Classification {
  const alias = TYPES_BY_OLD_NAME.get(type);
  if (alias !== undefined) return classify(alias, variantOf(payload, classify(alias).reads === 'role_change'));
  const line = classify(type, ' +api');
  const isDenied = failure?.code === '401' || failure?.code === '403';
  return isDenied ? { ...line, types: [...line.types, 'denied'] } : line;
}

function outcomeOf(success: JsonValue | undefined): EventOutcome {
  if (typeof success !== 'boolean') return 'unknown';
  return success ? 'success' : 'failure';
}

function failureOf(error: JsonObject): Failure | undefined {
  if (!isTelling(error)) return undefined;
  return { code: text(error['code']), message: text(error['message']), type: text(error['type']) };
}

function readActor(actor: JsonObject): Actor {
  const type = text(actor['type']);
  const id = text(actor['id']);
  const name = text(actor['name']);
  return {
    type,
    person: type === 'user' ? readUser(id, name) : undefined,
    keyId: type === 'api_key' ? id : undefined,
    keyType: undefined,
    serviceAccountId: undefined,
    keyName: type === 'api_key' ? name : undefined,
    appName: type === 'organization' ? name : undefined,
  };
}

/** The name of a user is an e-mail as a rule, and was seen masked: `[email protected]`. */
function readUser(id: string | undefined, name: string | undefined): Person | undefined {
  if (id === undefined && name === undefined) return undefined;
  const email = name !== undefined && /^[^\s@]+@[^\s@]+$/.test(name) ? name : undefined;
  return { id, name, email, domain: domainOf(email), isService: false };
}

function readCall(request: JsonObject, type: string, target: JsonObject): ApiCall {
  const response = objectAt(request, 'response');
  const usage = objectAt(response, 'usage');
  const choices = response['choices'];
  return {
    requestId: text(request['id']),
    model: text(request['model']),
    responseId: text(target['type']) === 'chat_completion' ? text(target['id']) : undefined,
    responseModel: text(response['model']),
    finishReasons: (Array.isArray(choices) ? choices.filter(isObject) : []).flatMap(
      (choice) => text(choice['finish_reason']) ?? [],
    ),
    operation: operationOf(type),
    inputTokens: tokens(usage['prompt_tokens']),
    outputTokens: tokens(usage['completion_tokens']),
    totalTokens: tokens(usage['total_tokens']),
  };
}

function tokens(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function operationOf(type: string): string | undefined {
  if (type.startsWith('chat.completions.')) return 'chat';
  if (type.startsWith('embeddings.')) return 'embeddings';
  return type.startsWith('completions.') ? 'text_completion' : undefined;
}
