/**
 * The OCSF document as text: byte for byte what `JSON.stringify(toOcsf(…))` gives, which a test holds against fuzzed records.
 * As `ecs-text.ts` does it: what is the same for each event, user or place is written once, and an envelope takes 17 µs where
 * it took 41. `ocsf.ts` says what stands where.
 */
import type { JsonObject } from '../event.ts';
import type { Actor, Person } from './actor.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { CanonicalEvent } from './canonical.ts';
import { type Classification, OCSF_VERSION } from './event-types.ts';
import { PRODUCT, PROFILES, SEVERITIES, STATUS_IDS, STATUSES, toOcsf, uuidOf } from './ocsf.ts';
import { locationOf, UNKNOWN_USER, userOf } from './ocsf-actor.ts';
import type { ClassPart } from './ocsf-class-part.ts';
import { classPart, signInPart } from './ocsf-classes.ts';
import type { GeoLocation, Origin } from './origin.ts';
import { fields, inOnePiece, member, object, quoted, TimeText } from './text-parts.ts';

/** Of each kind of piece; some hundred bytes each. */
const MOST = 2_000;
/** Of a user agent; longer ones are written and not remembered. */
const LONGEST = 500;

/** What is the same of all events by somebody. */
interface PersonText {
  /** Members of `user`, without what it was done with. */
  readonly user: string;
  readonly observables: string;
}

export class OcsfText {
  readonly #times = new TimeText();
  readonly #people = new BoundedCache(MOST, personText);
  readonly #places = new BoundedCache(MOST, placeText);
  readonly #userAgents = new BoundedCache(MOST, (text: string) => inOnePiece(quoted(text)));
  readonly #classes = new BoundedCache(MOST, classText);

  /** @throws RangeError where the payload is too deep for `JSON.stringify`. */
  write(event: CanonicalEvent, original?: string): string {
    // What the older dialect may say beside is not worth a second way.
    if (event.dialect !== 'audit_logs') return JSON.stringify(toOcsf(event, original));
    const { actor, classification, timeMs } = event;
    const user = actor.person === undefined ? '' : this.#userMembers(actor.person, actor.keyId);
    const head = `${this.#classes.of(classification.ocsf)},"time":${timeMs},"time_dt":"${this.#times.of(timeMs)}"`;
    const part = classification.ocsf.class_uid === 3002 ? SIGN_IN : classPart(event, undefined);
    const text = fields(`${head},${stateText(event)},"actor":${actorText(actor, user)}`, objectsText(part, user));
    const details = part === SIGN_IN ? event.payload.details : part.details;
    const rest = fields(this.#whence(event, part), unmapped(actor, details));
    return `{${fields(fields(text, rest), member('raw_data', original))}}`;
  }

  /** What stands behind the objects of a class: the two ends, and what is seen of them. */
  #whence(event: CanonicalEvent, part: ClassPart): string {
    const { userAgent } = event.origin;
    const agent = userAgent === undefined ? '' : this.#quotedAgent(userAgent);
    const from = this.#endpoint(event.origin) || memberText(part, 'src_endpoint');
    const to = part === SIGN_IN ? SIGN_IN_TEXT : partText(part, BEHIND_ENDPOINT);
    const by = agent === '' ? '' : `"http_request":{"user_agent":${agent}}`;
    return fields(fields(fields(from, to), by), this.#observables(event, agent));
  }

  #userMembers(person: Person, keyId: string | undefined): string {
    const { user } = this.#people.of(person);
    if (keyId === undefined) return user;
    return `${user},"programmatic_credentials":[{"uid":${quoted(keyId)},"type":"API Key"}]`;
  }

  #quotedAgent(userAgent: string): string {
    return userAgent.length > LONGEST ? quoted(userAgent) : this.#userAgents.of(userAgent);
  }

  #endpoint({ address, ip, port, place, ja3, ja4 }: Origin): string {
    const prints = fields(fingerprint('JA3', ja3), fingerprint('JA4', ja4));
    const about = fields(this.#places.of(place), prints === '' ? '' : `"fingerprints":[${prints}]`);
    if (address === undefined && about === '') return '';
    const named = ip === undefined ? `"name":${quoted(address ?? 'unknown')}` : `"ip":${quoted(ip)}`;
    return `"src_endpoint":{${fields(port === undefined ? named : `${named},"port":${port}`, about)}}`;
  }

  #observables({ origin: { ip }, actor: { person } }: CanonicalEvent, agent: string): string {
    const address =
      ip === undefined ? '' : `{"name":"src_endpoint.ip","type_id":2,"type":"IP Address","value":${quoted(ip)}}`;
    const who = person === undefined ? '' : this.#people.of(person).observables;
    const by =
      agent === '' ? '' : `{"name":"http_request.user_agent","type_id":16,"type":"HTTP User-Agent","value":${agent}}`;
    const all = fields(fields(address, who), by);
    return all === '' ? '' : `"observables":[${all}]`;
  }
}

/** Stands for the part of an event of somebody who signed in, which is nearly the same each time. */
const SIGN_IN: ClassPart = signInPart(undefined, undefined);
const BEFORE_ENDPOINT = [
  'api',
  'ai_model',
  'message_context',
  'user',
  'group',
  'privileges',
  'entity',
  'entity_result',
] as const;
const BEHIND_ENDPOINT = ['dst_endpoint', 'service', 'is_remote', 'resource', 'resources'] as const;
const SIGN_IN_TEXT = inOnePiece(partText(SIGN_IN, BEHIND_ENDPOINT));
const UNKNOWN = JSON.stringify(UNKNOWN_USER);

function partText(part: ClassPart, names: readonly (keyof ClassPart)[]): string {
  let text = '';
  for (const name of names) text = fields(text, memberText(part, name));
  return text;
}

function memberText(part: ClassPart, name: keyof ClassPart): string {
  const value = part[name];
  return value === undefined ? '' : `"${name}":${JSON.stringify(value)}`;
}

function classText(head: Classification['ocsf']): string {
  const { objectType: _, ...written } = head;
  return inOnePiece(JSON.stringify(written).slice(1, -1));
}

function stateText(event: CanonicalEvent): string {
  const { outcome, failure, message } = event;
  const { severity } = event.classification;
  const graded = `"severity_id":${severity},"severity":"${SEVERITIES[severity]}"`;
  const state = `${graded},"status_id":${STATUS_IDS[outcome]},"status":"${STATUSES[outcome]}"`;
  const why = fields(member('status_code', failure?.code), member('status_detail', failure?.message));
  return `${fields(state, why)},"message":${quoted(message)},"metadata":${metadata(event)},"cloud":${cloud(event)}`;
}

/** @param user members of the one who acted, whom a sign-in is about. */
function objectsText(part: ClassPart, user: string): string {
  if (part === SIGN_IN) return `"user":${user === '' ? UNKNOWN : `{${user}}`}`;
  return partText(part, BEFORE_ENDPOINT);
}

const METADATA = inOnePiece(
  `{"version":"${OCSF_VERSION}","profiles":${JSON.stringify(PROFILES.usual)},"product":${JSON.stringify(PRODUCT)},"log_provider":"OpenAI","log_name":"organization.audit_logs","event_code":`,
);

function metadata({ type, id, isTimeGuessed, timeMs, receivedMs, organization }: CanonicalEvent): string {
  let text = `${METADATA}${quoted(type)},"original_event_uid":${quoted(id)},"uid":"${uuidOf(id)}"`;
  if (!isTimeGuessed) text += `,"original_time":"${timeMs / 1000}"`;
  text = fields(`${text},"logged_time":${receivedMs}`, member('tenant_uid', organization?.id));
  return isTimeGuessed ? `${text},"labels":["time-guessed"]}` : `${text}}`;
}

function cloud({ organization, project: { id, name } }: CanonicalEvent): string {
  const org = object('org', fields(member('uid', organization?.id), member('name', organization?.name)));
  const account = fields(member('uid', id), member('name', name));
  const typed = account === '' ? '' : `"account":{${account},"type_id":99,"type":"OpenAI Project"}`;
  return `{${fields('"provider":"OpenAI"', fields(org, typed))}}`;
}

function actorText({ keyId, appName }: Actor, user: string): string {
  if (user !== '') return `{"user":{${user}}}`;
  if (keyId !== undefined) return `{"session":{"credential_uid":${quoted(keyId)}}}`;
  return `{"app_name":${quoted(appName ?? 'unknown')}}`;
}

function personText(person: Person): PersonText {
  const user: JsonObject = userOf({ person, keyId: undefined }) ?? {};
  const { email_addr: email, uid } = user;
  const seen = [
    { name: 'actor.user.email_addr', type_id: 5, type: 'Email Address', value: email },
    { name: 'actor.user.uid', type_id: 31, type: 'User Object: uid', value: uid },
  ].filter(({ value }) => value !== undefined);
  return {
    user: inOnePiece(JSON.stringify(user).slice(1, -1)),
    observables: inOnePiece(JSON.stringify(seen).slice(1, -1)),
  };
}

/** Members of an endpoint. */
function placeText(place: GeoLocation): string {
  const location = locationOf(place);
  const where = location === undefined ? '' : `"location":${JSON.stringify(location)}`;
  return inOnePiece(fields(where, place.asn === undefined ? '' : `"autonomous_system":{"number":${place.asn}}`));
}

function fingerprint(algorithm: string, value: string | undefined): string {
  return value === undefined ? '' : `{"algorithm":"${algorithm}","algorithm_id":99,"value":${quoted(value)}}`;
}

function unmapped({ type, keyType }: Actor, details: JsonObject | undefined): string {
  const about = fields(member('actor_type', type), member('api_key_type', keyType));
  return object('unmapped', fields(about, details === undefined ? '' : `"details":${JSON.stringify(details)}`));
}
