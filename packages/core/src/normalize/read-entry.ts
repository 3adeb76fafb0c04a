/**
 * From the entry to the canonical event: where normalization begins, for the filter and for every
 * format. Pure: no clock, no chance, and no record that makes it throw.
 */
import type { Entry } from '../entry.ts';
import { eventOf } from '../event.ts';
import type { Actor } from './actor.ts';
import { readAuditLog } from './audit-logs.ts';
import type { CanonicalEvent, Said } from './canonical.ts';
import { isOrganizationLog, readOrganizationLog } from './organization-logs.ts';
import { joined } from './payload.ts';

const known = new WeakMap<Entry, CanonicalEvent>();

/** Read once per entry, for the filter and every format together. */
export function canonicalOf(entry: Entry): CanonicalEvent {
  const before = known.get(entry);
  if (before !== undefined) return before;
  const record = eventOf(entry);
  const said = isOrganizationLog(record) ? readOrganizationLog(record, entry) : readAuditLog(record, entry);
  const event: CanonicalEvent = { ...timeOf(entry), id: entry.id, ...said, message: messageOf(said) };
  known.set(entry, event);
  return event;
}

// Both schemas write years with four digits; a Date would give `+010000-…` and, further out, throw.
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

function timeOf(entry: Entry): Pick<CanonicalEvent, 'timeMs' | 'isTimeGuessed' | 'receivedMs'> {
  const isUsable = entry.timeMs >= FIRST_MS && entry.timeMs <= LAST_MS;
  return {
    timeMs: isUsable ? entry.timeMs : entry.receivedMs,
    isTimeGuessed: entry.timeGuessed === true || !isUsable,
    receivedMs: entry.receivedMs,
  };
}

/** One line, whatever is in a name: it goes into logs and consoles as it stands. */
function messageOf({ type, actor, payload, origin }: Said): string {
  const on = joined(payload.targets, 'name') ?? joined(payload.targets, 'id');
  const target = on === undefined || on === actor.person?.id ? '' : ` on ${on}`;
  const from = origin.ip === undefined ? '' : ` from ${origin.ip}`;
  return `${type} by ${callName(actor)}${target}${from}`.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** The e-mail, else whatever else is known. */
function callName({ person, keyName, keyId, appName }: Actor): string {
  return (
    (person === undefined ? (keyName ?? keyId ?? appName) : (person.email ?? person.name ?? person.id)) ?? 'unknown'
  );
}
