/** Whether an event is among those that a query's lists ask for. */
import { at, textAt } from './json.ts';
import type { Filters } from './query.ts';

/** Reads the record anew: only queries with such a filter pay for it. */
export function matchesRecord(raw: Buffer, filters: Filters): boolean {
  const record: unknown = JSON.parse(raw.toString());
  return (
    allows(filters.project_ids, [textAt(record, 'project', 'id')]) &&
    allows(filters.actor_ids, actorIds(record)) &&
    allows(
      filters.actor_emails,
      actorUsers(record).map((user) => textAt(user, 'email')),
    ) &&
    allows(filters.resource_ids, resourceIds(record))
  );
}

/** True when any of the filters can only be answered from the record itself. */
export function needsRecord(filters: Filters): boolean {
  const { project_ids, actor_ids, actor_emails, resource_ids } = filters;
  return [project_ids, actor_ids, actor_emails, resource_ids].some(({ size }) => size > 0);
}

function allows(wanted: ReadonlySet<string>, found: readonly (string | undefined)[]): boolean {
  return wanted.size === 0 || found.some((value) => value !== undefined && wanted.has(value));
}

/** The API documents user ids, service account ids and API key tracking ids. */
function actorIds(record: unknown): readonly (string | undefined)[] {
  const key = at(record, 'actor', 'api_key');
  const users = actorUsers(record).map((user) => textAt(user, 'id'));
  return [...users, textAt(key, 'id'), textAt(key, 'service_account', 'id')];
}

function actorUsers(record: unknown): readonly unknown[] {
  return [at(record, 'actor', 'session', 'user'), at(record, 'actor', 'api_key', 'user')];
}

/** The target's id stands in the payload; the API's own text also speaks of `details.id`. */
function resourceIds(record: unknown): readonly (string | undefined)[] {
  const payload = at(record, textAt(record, 'type') ?? '');
  return [textAt(payload, 'id'), textAt(payload, 'resource_id'), textAt(record, 'details', 'id')];
}
