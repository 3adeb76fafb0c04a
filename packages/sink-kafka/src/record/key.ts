/** The key of a record: what a consumer can count on to find together. */
import type { Envelope } from '@audit-relay/sink';
import type { RecordKey } from '../config.ts';

type Key = (envelope: Envelope) => string | undefined;

const KEYS: Readonly<Record<RecordKey, Key>> = {
  'event.id': ({ id }) => id,
  actor: ({ facts: { actor } }) => actor?.id ?? actor?.email,
  project: ({ facts: { project } }) => project?.id,
  // The API's events do not name it: where the configuration does not either, one source is one organization.
  organization: ({ facts: { organization, source } }) => organization?.id ?? source,
  none: () => undefined,
};

/** Null: the event has no such thing, and its record may stand in any partition. */
export function keyOf(envelope: Envelope, key: RecordKey): string | null {
  return KEYS[key](envelope) ?? null;
}
