/**
 * Entity Management (3004), the class of most types: a thing, its state, and what was asked to change.
 * The payload is taken apart here and nowhere else: what is no id and no name goes into `entity.data`,
 * and what shall change into `entity_result.data`, so that no value of it is lost.
 */
import { isObject, type JsonObject, type JsonValue } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import { isTelling, some, text } from './loose-json.ts';
import { UNKNOWN_USER } from './ocsf-actor.ts';
import type { ClassPart } from './ocsf-class-part.ts';
import { joined } from './payload.ts';

interface Named {
  readonly uid: string | undefined;
  readonly name: string | undefined;
}

/** `entity`, and `entity_result` where a change is asked for. */
export function entityPart({ classification, payload }: CanonicalEvent): ClassPart {
  const { targets, details = {} } = payload;
  const single = targets.length === 1 ? targets[0] : undefined;
  const names = joined(targets, 'name');
  const uid = single?.id;
  const name = names ?? (uid === undefined ? 'unknown' : undefined);
  const { type, type_id } = classification.ocsf.objectType ?? {};
  return {
    entity: {
      type,
      type_id,
      uid,
      name,
      data: dataOf(details, { uid, name }),
      ...ofItsType(type_id, { uid, name: names }),
    },
    entity_result: resultOf(details['changes_requested'], { type, type_id, uid, names }),
  };
}

/** What it shall become; undefined where no change is asked for. */
function resultOf(
  changes: JsonValue | undefined,
  {
    type,
    type_id,
    uid,
    names,
  }: { readonly [of in 'type' | 'uid' | 'names']: string | undefined } & { readonly type_id: number | undefined },
): JsonObject | undefined {
  if (!isTelling(changes)) return undefined;
  const known = newName(changes) ?? names;
  const name = known ?? (uid === undefined ? 'unknown' : undefined);
  return { type, type_id, uid, name, data: changes, ...ofItsType(type_id, { uid, name: known }) };
}

/** The object that OCSF has for some types of entity, and demands beside the type; of a user nobody knows, as such. */
function ofItsType(typeId: number | undefined, { uid, name }: Named): JsonObject {
  const known = some({ uid, name });
  const named = known ?? { name: 'unknown' };
  if (typeId === 2) return { user: known === undefined ? UNKNOWN_USER : { ...known, type_id: 1 } };
  if (typeId === 4) return { org: named };
  return typeId === 5 ? { policy: named } : {};
}

/** The payload without what has a member of its own; the content of `data` when that is all there is. */
function dataOf(details: JsonObject, { uid, name }: Named): JsonValue | undefined {
  const rest = Object.entries(details).filter(([key, value]) => {
    if (key === 'id') return isTelling(value) && text(value) !== uid;
    if (key === 'name') return isTelling(value) && text(value) !== name;
    return key !== 'changes_requested';
  });
  const [first] = rest;
  const found = rest.length === 1 && first?.[0] === 'data' ? first[1] : Object.fromEntries(rest);
  return isTelling(found) ? found : undefined;
}

function newName(changes: JsonValue): string | undefined {
  if (!isObject(changes)) return undefined;
  return text(changes['title']) ?? text(changes['role_name']) ?? text(changes['name']);
}
