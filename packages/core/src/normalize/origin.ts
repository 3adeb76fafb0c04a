/**
 * Where it came from: address, place and fingerprints of a session. Keys leave none of it. The API
 * gives numbers as text, empty text for "not known", and country codes of two or three letters.
 */
import { isIP } from 'node:net';
import type { JsonObject } from '../event.ts';
import { BoundedCache } from './bounded-cache.ts';
import { COUNTRIES } from './data/countries.ts';
import { NOTHING, numberWithin, objectAt, text } from './loose-json.ts';

export interface Origin {
  /** The address as the API gave it, whatever it is. */
  readonly address: string | undefined;
  /** The address when it is one, or the first of a list; anything else would make Elasticsearch refuse the document. */
  readonly ip: string | undefined;
  /** What stood behind that address and a colon: 0 to 65535. */
  readonly port: number | undefined;
  readonly userAgent: string | undefined;
  readonly ja3: string | undefined;
  readonly ja4: string | undefined;
  readonly place: GeoLocation;
}

/** What the API says about an address. */
export interface GeoLocation {
  /** Number of the autonomous system. */
  readonly asn: number | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  /** What stood there when it is no code. */
  readonly countryName: string | undefined;
  readonly city: string | undefined;
  readonly region: string | undefined;
  /** ISO 3166-2: `US-TX`. */
  readonly regionCode: string | undefined;
  /** Both or none. */
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
}

const MOST_PLACES = 4_000;
/** Of a value in them: longer ones are read and not remembered. */
const LONGEST = 200;

/** A place as it was said, and as it was read. */
interface KnownLocation {
  readonly said: JsonObject;
  readonly place: GeoLocation;
}

/** Places that records name over and over, as one object each. With users, a third of the time of reading a record. */
export class Places {
  readonly #known = new BoundedCache<string, { last: KnownLocation | undefined }>(MOST_PLACES, () => ({
    last: undefined,
  }));

  of(said: JsonObject): GeoLocation {
    if (said === NOTHING) return NOWHERE;
    const key = said['longitude'] ?? said['city'] ?? said['country'];
    if (typeof key !== 'string' || key.length > LONGEST) return readPlace(said);
    const slot = this.#known.of(key);
    if (slot.last !== undefined && isSame(slot.last.said, said)) return slot.last.place;
    const place = readPlace(said);
    if (isShort(said)) slot.last = { said, place };
    return place;
  }
}

/** All that a place is read from. */
function isSame(a: JsonObject, b: JsonObject): boolean {
  return (
    a['longitude'] === b['longitude'] &&
    a['latitude'] === b['latitude'] &&
    a['city'] === b['city'] &&
    a['asn'] === b['asn'] &&
    a['region_code'] === b['region_code'] &&
    a['region'] === b['region'] &&
    a['country'] === b['country']
  );
}

function isShort(said: JsonObject): boolean {
  return Object.values(said).every((value) => typeof value === 'string' && value.length <= LONGEST);
}

/** `actor.session` of a record in the `audit_logs` dialect. */
export function readOrigin(record: JsonObject, places: Places): Origin {
  const session = objectAt(objectAt(record, 'actor'), 'session');
  const details = objectAt(session, 'ip_address_details');
  // What was done with a key has no session.
  if (session === NOTHING) return FROM_NOWHERE;
  const address = text(session['ip_address']);
  return {
    address,
    ...endpointIn(address ?? ''),
    userAgent: text(session['user_agent']),
    ja3: text(session['ja3']),
    ja4: text(session['ja4']),
    place: places.of(details),
  };
}

const NOWHERE: GeoLocation = readPlace(NOTHING);

/** Of what was done with a key, and of all that the older dialect says. */
export const FROM_NOWHERE: Origin = {
  address: undefined,
  ip: undefined,
  port: undefined,
  userAgent: undefined,
  ja3: undefined,
  ja4: undefined,
  place: NOWHERE,
};

/**
 * The first of a list, as proxies write them: `203.0.113.5`, `203.0.113.5:52144`, `[2001:db8::1]:443`. A colon behind an
 * IPv6 address without brackets is a part of it.
 */
function endpointIn(address: string): Pick<Origin, 'ip' | 'port'> {
  const [first = ''] = address.split(',', 1);
  const host = first.trim();
  if (isPlainIp(host)) return { ip: host, port: undefined };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const ip = bracketed ?? plain ?? '';
  const port = digits === undefined ? undefined : Number(digits);
  const isEndpoint = isPlainIp(ip) && (port ?? 0) <= 65_535 && (bracketed === undefined || ip.includes(':'));
  return isEndpoint ? { ip, port } : { ip: undefined, port: undefined };
}

/** No zone (`fe80::1%eth0`), which Elasticsearch refuses, and no more than OCSF's 40 characters. */
function isPlainIp(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%') && address.length <= 40;
}

function readPlace(details: JsonObject): GeoLocation {
  const named = text(details['country']);
  const country = countryCode(named);
  const latitude = numberWithin(details['latitude'], -90, 90);
  const longitude = numberWithin(details['longitude'], -180, 180);
  const isLocated = latitude !== undefined && longitude !== undefined;
  return {
    asn: numberWithin(text(details['asn'])?.replace(/^AS/i, ''), 1, 2 ** 32 - 1),
    country,
    countryName: country === undefined ? named : undefined,
    city: text(details['city']),
    region: text(details['region']),
    regionCode: regionCode(text(details['region_code']), country),
    latitude: isLocated ? latitude : undefined,
    longitude: isLocated ? longitude : undefined,
  };
}

/** Alpha-2 by alpha-3, and by itself: the samples hold both `USA` and `IN`. */
const countries: ReadonlyMap<string, string> = new Map(
  COUNTRIES.trim()
    .split(/\s+/)
    .flatMap((pair): [string, string][] => {
      const [alpha3 = '', alpha2 = ''] = pair.split(':');
      return [
        [alpha3, alpha2],
        [alpha2, alpha2],
      ];
    }),
);

function countryCode(named: string | undefined): string | undefined {
  return named === undefined ? undefined : countries.get(named.toUpperCase());
}

/** The API gives the part after the hyphen (`TX`); the whole code is taken too. */
function regionCode(code: string | undefined, country: string | undefined): string | undefined {
  const upper = code?.toUpperCase();
  if (upper === undefined || /^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(upper)) return upper;
  return country !== undefined && /^[A-Z0-9]{1,3}$/.test(upper) ? `${country}-${upper}` : undefined;
}
