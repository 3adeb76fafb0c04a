/**
 * Who did it. First of the three readers of a record: actor, origin, payload. The API knows a
 * session of a user, and a key of a user or of a service account; any part may be null or absent.
 */
import type { JsonObject } from '../event.ts';
import { BoundedCache } from './bounded-cache.ts';
import { objectAt, text } from './loose-json.ts';

export interface Person {
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** As the API gave it; not checked, records with a space in the local part were seen. */
  readonly email: string | undefined;
  /** What follows the last `@` of the e-mail. */
  readonly domain: string | undefined;
  readonly isService: boolean;
}

export interface Actor {
  /** `session`, `api_key`, or what the API may add. */
  readonly type: string | undefined;
  /** Absent: the record names neither a user nor a service account. */
  readonly person: Person | undefined;
  readonly keyId: string | undefined;
  /** `user`, `service_account`, or what the API may add. */
  readonly keyType: string | undefined;
  readonly serviceAccountId: string | undefined;
  /** Only in the `organization_logs` dialect: the name of a key, or of an organization that acts itself. */
  readonly keyName: string | undefined;
  readonly appName: string | undefined;
}

const MOST_PEOPLE = 4_000;
/** Of an id or an e-mail: longer ones are read and not remembered. */
const LONGEST = 200;

/** Those whom records name over and over, as one object each, so that what is written of somebody can be remembered too. */
export class People {
  readonly #users = new BoundedCache<string, { person: Person | undefined }>(MOST_PEOPLE, () => ({
    person: undefined,
  }));
  readonly #services = new BoundedCache<string, Person>(MOST_PEOPLE, serviceAccount);

  /** Undefined: neither says who it is. */
  user(id: string | undefined, email: string | undefined): Person | undefined {
    const key = email ?? id;
    if (key === undefined) return undefined;
    if (key.length > LONGEST || (id?.length ?? 0) > LONGEST) return user(id, email);
    const place = this.#users.of(key);
    const { person } = place;
    if (person !== undefined && person.id === id && person.email === email) return person;
    place.person = user(id, email);
    return place.person;
  }

  service(id: string): Person {
    return id.length > LONGEST ? serviceAccount(id) : this.#services.of(id);
  }
}

/** `actor` of a record in the `audit_logs` dialect. */
export function readActor(record: JsonObject, people: People): Actor {
  const actor = objectAt(record, 'actor');
  const key = objectAt(actor, 'api_key');
  const serviceAccountId = text(objectAt(key, 'service_account')['id']);
  const user =
    readUser(objectAt(objectAt(actor, 'session'), 'user'), people) ?? readUser(objectAt(key, 'user'), people);
  return {
    type: text(actor['type']),
    person: user ?? (serviceAccountId === undefined ? undefined : people.service(serviceAccountId)),
    keyId: text(key['id']),
    keyType: text(key['type']),
    serviceAccountId,
    keyName: undefined,
    appName: undefined,
  };
}

function readUser(user: JsonObject, people: People): Person | undefined {
  return people.user(text(user['id']), text(user['email']));
}

function user(id: string | undefined, email: string | undefined): Person {
  return { id, name: email, email, domain: domainOf(email), isService: false };
}

function serviceAccount(id: string): Person {
  return { id, name: id, email: undefined, domain: undefined, isService: true };
}

/** `example.com` of `"a@b"@example.com`; undefined without an `@` or with nothing after it. */
export function domainOf(email: string | undefined): string | undefined {
  if (email === undefined) return undefined;
  const at = email.lastIndexOf('@');
  return at === -1 ? undefined : email.slice(at + 1) || undefined;
}
