/**
 * What was done to whom: the part of a record that depends on its type. 92 of the 149 types have no
 * documented payload, so nothing here needs one: what is not found is left out, and the payload
 * itself goes into every document as it came.
 */
import { isObject, type JsonObject, type JsonValue } from '../event.ts';
import type { PayloadRule } from './event-types.ts';
import { isTelling, NOTHING, objectAt, text } from './loose-json.ts';

export interface Payload {
  /** As it came; a list or a single value stands under `value`. Absent: there is none, or it is empty. */
  readonly details: JsonObject | undefined;
  /** What it was done to; several for `certificates.*` and `ip_allowlist.config.*`. */
  readonly targets: readonly Target[];
  /** Only of `role.assignment.*` and its tenant forms. */
  readonly assignment: Assignment | undefined;
  /** Who was invited, as `invite.sent` has it. */
  readonly invited: { readonly email: string | undefined; readonly role: string | undefined } | undefined;
  /** The role that `user.updated` or `service_account.updated` asks for. */
  readonly roleRequested: string | undefined;
}

export interface Target {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

export interface Assignment {
  readonly id: string | undefined;
  /** Read out of an id of the form `role_assignment_<role id>__…`, which is seen but not documented. */
  readonly roleId: string | undefined;
  readonly isToGroup: boolean;
  readonly resourceId: string | undefined;
  readonly resourceType: string | undefined;
}

/** The names (or ids) of all targets on one line; undefined when there is none. */
export function joined(targets: readonly Target[], member: keyof Target): string | undefined {
  if (targets.length <= 1) return targets[0]?.[member];
  return targets.flatMap((target) => target[member] ?? []).join(', ') || undefined;
}

/** @param type the record's own; its payload stands under this key, or where some products put it. */
export function readPayload(record: JsonObject, type: string, rule: PayloadRule): Payload {
  const found = telling(record, type) ?? telling(record, type.replaceAll('.', '_')) ?? telling(record, 'details');
  return interpretPayload(isObject(found) ? found : wrap(found), rule);
}

/** What a payload says under the rule of its type; for both dialects. */
export function interpretPayload(payload: JsonObject, rule: PayloadRule): Payload {
  return {
    details: isTelling(payload) ? payload : undefined,
    targets: readTargets(payload, rule),
    assignment: rule === 'assignment' ? readAssignment(payload) : undefined,
    invited: rule === 'invite' ? readInvited(objectAt(payload, 'data')) : undefined,
    roleRequested: rule === 'role_change' ? text(objectAt(payload, 'changes_requested')['role']) : undefined,
  };
}

/** A type may be called `constructor`: what every object inherits is no payload. */
function telling(record: JsonObject, key: string): JsonValue | undefined {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return isTelling(value) ? value : undefined;
}

function wrap(value: JsonValue | undefined): JsonObject {
  return value === undefined ? NOTHING : { value };
}

function readTargets(payload: JsonObject, rule: PayloadRule): readonly Target[] {
  if (payload === NOTHING) return NO_TARGETS;
  if (rule === 'assignment') return present([{ id: text(payload['principal_id']), name: undefined }]);
  const listed = rule === 'configs' || rule === 'certificates' ? payload[rule] : undefined;
  if (!Array.isArray(listed)) return present([{ id: text(payload['id']), name: nameOf(payload) }]);
  return present(listed.filter(isObject).map((item) => ({ id: text(item['id']), name: text(item['name']) })));
}

const NO_TARGETS: readonly Target[] = [];

function present(targets: readonly Target[]): readonly Target[] {
  return targets.filter(({ id, name }) => id !== undefined || name !== undefined);
}

/** The first that is there, from what the target is called to what it shall be called. */
function nameOf(payload: JsonObject): string | undefined {
  const data = objectAt(payload, 'data');
  const changes = objectAt(payload, 'changes_requested');
  return (
    text(payload['name']) ??
    text(payload['role_name']) ??
    text(data['group_name']) ??
    text(data['title']) ??
    text(data['name']) ??
    text(changes['group_name']) ??
    text(changes['role_name'])
  );
}

function readAssignment(payload: JsonObject): Assignment {
  const id = text(payload['id']);
  return {
    id,
    roleId: id === undefined ? undefined : /^role_assignment_(.+?)__/.exec(id)?.[1],
    isToGroup: text(payload['principal_type'])?.toLowerCase() === 'group',
    resourceId: text(payload['resource_id']),
    resourceType: text(payload['resource_type']),
  };
}

function readInvited(data: JsonObject): Payload['invited'] {
  return { email: text(data['email']), role: text(data['role']) };
}
