/**
 * From the entry to the canonical event: where normalization begins, for the filter and for every
 * format. Pure: no clock, no chance, and no record that makes it throw.
 */
import type { Entry } from '../entry.ts';
import { eventOf } from '../event.ts';
import { type Actor, People } from './actor.ts';
import { readAuditLog } from './audit-logs.ts';
import type { CanonicalEvent, Said } from './canonical.ts';
import { isOrganizationLog, readOrganizationLog } from './organization-logs.ts';
import { Places } from './origin.ts';
import { joined } from './payload.ts';

/** From an entry whose `raw` is a JSON object to what it says. */
export type ReadEntry = (entry: Entry) => CanonicalEvent;

/** Its own memory of users and places, bounded; what it says of an entry does not depend on it. */
export function createReadEntry(): ReadEntry {
  const repeats = { people: new People(), places: new Places() };
  return (entry) => {
    const record = eventOf(entry);
    const said = isOrganizationLog(record) ? readOrganizationLog(record, entry) : readAuditLog(record, entry, repeats);
    return complete(said, entry);
  };
}

/** Remembers the last one read: a lane filters an entry and renders it at once. More would only keep memory. */
export function rememberingLast(read: ReadEntry): ReadEntry {
  let last: { readonly entry: Entry; readonly event: CanonicalEvent } | undefined;
  return (entry) => {
    if (last?.entry !== entry) last = { entry, event: read(entry) };
    return last.event;
  };
}

// Both schemas write years with four digits; a Date would give `+010000-…` and, further out, throw.
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

function complete(said: Said, { id, timeMs, timeGuessed, receivedMs }: Entry): CanonicalEvent {
  const isUsable = timeMs >= FIRST_MS && timeMs <= LAST_MS;
  // Member by member: two spreads here cost more than the whole rest of the reading.
  return {
    id,
    type: said.type,
    dialect: said.dialect,
    timeMs: isUsable ? timeMs : receivedMs,
    isTimeGuessed: timeGuessed === true || !isUsable,
    receivedMs,
    organization: said.organization,
    project: said.project,
    classification: said.classification,
    outcome: said.outcome,
    failure: said.failure,
    actor: said.actor,
    origin: said.origin,
    targetType: said.targetType,
    payload: said.payload,
    call: said.call,
    message: messageOf(said),
  };
}

/** What ends a line or hides in it: `\p{Cc}` and the two separators of Unicode. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/** One line, whatever is in a name: it goes into logs and consoles as it stands. */
function messageOf({ type, actor, payload, origin }: Said): string {
  const on = joined(payload.targets, 'name') ?? joined(payload.targets, 'id');
  const target = on === undefined || on === actor.person?.id ? '' : ` on ${on}`;
  const from = origin.ip === undefined ? '' : ` from ${origin.ip}`;
  const message = `${type} by ${callName(actor)}${target}${from}`;
  // Looked for first: almost no message has any.
  return CONTROL.test(message) ? message.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ') : message;
}

/** The e-mail, else whatever else is known. */
function callName({ person, keyName, keyId, appName }: Actor): string {
  return (
    (person === undefined ? (keyName ?? keyId ?? appName) : (person.email ?? person.name ?? person.id)) ?? 'unknown'
  );
}
