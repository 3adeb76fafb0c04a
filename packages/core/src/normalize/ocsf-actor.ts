/** Who and where, as OCSF has it: the objects `user`, `actor` and `network_endpoint`. */
import type { JsonObject } from '../event.ts';
import type { Actor } from './actor.ts';
import { some } from './loose-json.ts';
import type { GeoLocation, Origin } from './origin.ts';

/** What OCSF 1.8.0 takes for an e-mail (`email_t`); the API was seen to give others. */
const EMAIL = /^[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/;

/** The user who acted; undefined when the record names nobody. Its name is never missing: Splunk reads it. */
export function userOf({ person, keyId }: Pick<Actor, 'person' | 'keyId'>): JsonObject | undefined {
  if (person === undefined) return undefined;
  const { id, name, email, domain, isService } = person;
  return {
    uid: id,
    name: name ?? id,
    email_addr: email !== undefined && EMAIL.test(email) ? email : undefined,
    domain,
    type_id: isService ? 4 : 1,
    type: isService ? 'Service' : 'User',
    programmatic_credentials: keyId === undefined ? undefined : [{ uid: keyId, type: 'API Key' }],
  };
}

/** Where a class demands a user and the record names none. */
export const UNKNOWN_USER: JsonObject = { name: 'unknown', type_id: 0, type: 'Unknown' };

/** OCSF demands one of user, session and application. */
export function actorOf({ keyId, appName }: Actor, user: JsonObject | undefined): JsonObject {
  if (user !== undefined) return { user };
  return keyId === undefined ? { app_name: appName ?? 'unknown' } : { session: { credential_uid: keyId } };
}

/** Where the actor came from; undefined when nothing is known. OCSF demands an address or a name. */
export function endpointOf({ address, ip, port, place, ja3, ja4 }: Origin): JsonObject | undefined {
  const about = some({
    location: locationOf(place),
    autonomous_system: some({ number: place.asn }),
    fingerprints: fingerprints(ja3, ja4),
  });
  if (address === undefined && about === undefined) return undefined;
  return { ip, port, name: ip === undefined ? (address ?? 'unknown') : undefined, ...about };
}

/** Coordinates alone are no location: OCSF demands a city, a country or a region. */
export function locationOf({
  city,
  country,
  region,
  regionCode,
  latitude,
  longitude,
}: GeoLocation): JsonObject | undefined {
  const place = some({ city, country, region: regionCode ?? region });
  return place === undefined ? undefined : { ...place, lat: latitude, long: longitude };
}

/** 99, "other": the schema knows hashes of files only. */
function fingerprints(ja3: string | undefined, ja4: string | undefined): readonly JsonObject[] | undefined {
  const found = [
    { algorithm: 'JA3', algorithm_id: 99, value: ja3 },
    { algorithm: 'JA4', algorithm_id: 99, value: ja4 },
  ].filter(({ value }) => value !== undefined);
  return found.length === 0 ? undefined : found;
}
