/** The `audit_logs` dialect, which is the API of today. Ends in the canonical event. */
import type { Entry } from '../entry.ts';
import type { JsonObject } from '../event.ts';
import { type People, readActor } from './actor.ts';
import { type Failure, organizationOf, type Said, variantOf } from './canonical.ts';
import { classify } from './event-types.ts';
import { objectAt, text } from './loose-json.ts';
import { type Places, readOrigin } from './origin.ts';
import { readPayload } from './payload.ts';

/** What records say over and over; one object for each. */
export interface Repeats {
  readonly people: People;
  readonly places: Places;
}

/** @param record any object; what it does not hold is undefined in the answer. */
export function readAuditLog(record: JsonObject, entry: Entry, { people, places }: Repeats): Said {
  const { type } = entry;
  const plain = classify(type);
  const { reads } = plain;
  const payload = readPayload(record, type, reads);
  const variant = variantOf(payload, reads === 'role_change');
  const classification = variant === '' ? plain : classify(type, variant);
  const project = objectAt(record, 'project');
  return {
    type,
    dialect: 'audit_logs',
    organization: organizationOf(entry, reads === 'organization' ? payload.targets[0]?.id : undefined),
    project: { id: text(project['id']), name: text(project['name']) },
    classification,
    outcome: classification.outcome,
    failure: classification.outcome === 'failure' ? failureOf(payload.details ?? {}) : undefined,
    actor: readActor(record, people),
    origin: readOrigin(record, places),
    targetType: classification.targetType,
    payload,
    call: undefined,
  };
}

function failureOf(details: JsonObject): Failure {
  return { code: text(details['error_code']), message: text(details['error_message']), type: undefined };
}
