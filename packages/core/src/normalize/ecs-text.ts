/**
 * The ECS document as text: byte for byte what `JSON.stringify(toEcs(…))` gives, which a test holds against fuzzed records.
 * Most of a document is the same for each event, user or place, so those pieces are written once and remembered: with what
 * `read-entry.ts` remembers, an envelope takes 14 µs where it took 28. `ecs.ts` says what stands where, and why.
 */
import type { Person } from './actor.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { CanonicalEvent } from './canonical.ts';
import { type EcsContext, each, group, OBSERVER, relatedUsers, TAGS, targetUser, toEcs } from './ecs.ts';
import { type Classification, ECS_VERSION } from './event-types.ts';
import type { GeoLocation, Origin } from './origin.ts';
import { fields, inOnePiece, member, object, quoted, TimeText } from './text-parts.ts';

/** Of each kind of piece; some hundred bytes each. */
const MOST = 2_000;
/** Of a user agent; longer ones are written and not remembered. */
const LONGEST = 500;

/** What is the same of all events by somebody. */
interface PersonText {
  /** Members of `user`. */
  readonly user: string;
  /** `related.user` of an event that names nobody else. */
  readonly related: string;
}

export class EcsText {
  readonly #context: EcsContext;
  readonly #head: string;
  readonly #event: string;
  readonly #times = new TimeText();
  readonly #received = new TimeText();
  readonly #people = new BoundedCache(MOST, personText);
  readonly #places = new BoundedCache(MOST, placeText);
  readonly #userAgents = new BoundedCache(MOST, (text: string) => inOnePiece(quoted(text)));
  readonly #classes = new BoundedCache(MOST, classText);

  /** @param context without the record's own text. */
  constructor(context: EcsContext) {
    const { dataset, namespace, agent } = context;
    this.#context = context;
    const same = { data_stream: { type: 'logs', dataset, namespace }, observer: OBSERVER, agent };
    this.#head = inOnePiece(`${JSON.stringify(same).slice(1, -1)},"tags":`);
    this.#event = inOnePiece(
      `"kind":"event","module":"openai","dataset":${quoted(dataset)},"provider":"organization.audit_log","id":`,
    );
  }

  /** @throws RangeError where the payload is too deep for `JSON.stringify`. */
  write(event: CanonicalEvent, original?: string): string {
    // What the older dialect may say beside is not worth a second way.
    if (event.dialect !== 'audit_logs') return JSON.stringify(toEcs(event, { ...this.#context, original }));
    const { organization, failure, timeMs, message, isTimeGuessed } = event;
    let text = `{"@timestamp":"${this.#times.of(timeMs)}",${VERSION},"message":${quoted(message)},${this.#head}`;
    text += isTimeGuessed ? GUESSED_TAGS : USUAL_TAGS;
    if (organization !== undefined) {
      text = fields(
        text,
        object('organization', fields(member('id', organization.id), member('name', organization.name))),
      );
    }
    text += `,"event":{${this.#eventMembers(event, original)}}`;
    if (failure !== undefined) {
      text = fields(text, object('error', fields(member('code', failure.code), member('message', failure.message))));
    }
    text = fields(text, this.#who(event));
    text = fields(text, this.#whence(event.origin));
    text = fields(text, this.#related(event));
    return `${fields(text, object('openai', object('audit', auditMembers(event))))}}`;
  }

  #eventMembers(event: CanonicalEvent, original: string | undefined): string {
    const { id, type, classification, outcome, receivedMs, failure } = event;
    const created = this.#received.of(receivedMs);
    const meaning = this.#classes.of(classification);
    const always = `${this.#event}${quoted(id)},"action":${quoted(type)},${meaning},"outcome":"${outcome}","created":"${created}"`;
    return fields(fields(always, member('reason', failure?.message)), member('original', original));
  }

  #who(event: CanonicalEvent): string {
    const { actor, classification, payload } = event;
    const { person } = actor;
    let user = person === undefined ? '' : this.#people.of(person).user;
    const isTarget = classification.concerns === 'user' || payload.invited !== undefined;
    const target = isTarget ? targetUser(event) : undefined;
    if (target !== undefined) user = fields(user, `"target":${JSON.stringify(target)}`);
    const { roleRequested: role } = payload;
    if (role !== undefined) user = fields(user, `"changes":{"roles":[${quoted(role)}]}`);
    const toGroup = classification.concerns === 'group' ? group(event) : undefined;
    return fields(object('user', user), toGroup === undefined ? '' : `"group":${JSON.stringify(toGroup)}`);
  }

  #whence({ address, ip, port, place, userAgent, ja3 }: Origin): string {
    let source = fields(member('address', address), member('ip', ip));
    if (port !== undefined) source = fields(source, `"port":${port}`);
    const text = object('source', fields(source, this.#places.of(place)));
    const agent = userAgent === undefined ? '' : `"user_agent":{"original":${this.#quotedAgent(userAgent)}}`;
    const tls = ja3 === undefined ? '' : `"tls":{"client":{"ja3":${quoted(ja3)}}}`;
    return fields(fields(text, agent), tls);
  }

  #quotedAgent(userAgent: string): string {
    return userAgent.length > LONGEST ? quoted(userAgent) : this.#userAgents.of(userAgent);
  }

  #related(event: CanonicalEvent): string {
    const { actor, classification, payload, origin } = event;
    const namesOthers = classification.concerns === 'user' || payload.invited !== undefined;
    const { person } = actor;
    const users = namesOthers || person === undefined ? listText(relatedUsers(event)) : this.#people.of(person).related;
    const ip = origin.ip === undefined ? '' : `"ip":[${quoted(origin.ip)}]`;
    return object('related', fields(ip, users === '' ? '' : `"user":${users}`));
  }
}

const VERSION = `"ecs":{"version":"${ECS_VERSION}"}`;
const USUAL_TAGS = JSON.stringify(TAGS.usual);
const GUESSED_TAGS = JSON.stringify(TAGS.guessed);

function personText({ id, name, email, domain }: Person): PersonText {
  const user = fields(
    fields(member('id', id), member('name', name)),
    fields(member('email', email), member('domain', domain)),
  );
  const named = [id, name, email].filter((one) => one !== undefined);
  return { user: inOnePiece(user), related: listText(named.length === 0 ? undefined : [...new Set(named)].sort()) };
}

/** Members of `source`. */
function placeText({ asn, country, countryName, region, regionCode, city, latitude, longitude }: GeoLocation): string {
  const named = fields(
    fields(member('country_iso_code', country), member('country_name', countryName)),
    fields(member('region_name', region), member('region_iso_code', regionCode)),
  );
  // Both or none.
  const at = latitude === undefined ? '' : `"location":${JSON.stringify({ lat: latitude, lon: longitude })}`;
  const geo = fields(fields(named, member('city_name', city)), at);
  return inOnePiece(fields(asn === undefined ? '' : `"as":{"number":${asn}}`, object('geo', geo)));
}

function classText({ category, types }: Classification): string {
  return inOnePiece(`"category":${JSON.stringify(category)},"type":${JSON.stringify(types)}`);
}

function listText(values: readonly string[] | undefined): string {
  return values === undefined ? '' : JSON.stringify(values);
}

function auditMembers({ actor, origin, project, targetType, payload }: CanonicalEvent): string {
  const key = object('api_key', fields(member('id', actor.keyId), member('type', actor.keyType)));
  const service = object('service_account', member('id', actor.serviceAccountId));
  const session = object('session', member('ja4', origin.ja4));
  const by = object('actor', fields(fields(member('type', actor.type), key), fields(service, session)));
  const of = object('project', fields(member('id', project.id), member('name', project.name)));
  const { targets, details } = payload;
  const to = object(
    'target',
    fields(
      member('type', targetType),
      targets.length === 0 ? '' : fields(eachText(payload, 'id'), eachText(payload, 'name')),
    ),
  );
  return fields(fields(by, of), fields(to, details === undefined ? '' : `"details":${JSON.stringify(details)}`));
}

function eachText({ targets }: CanonicalEvent['payload'], key: 'id' | 'name'): string {
  const value = each(targets, key);
  return value === undefined ? '' : `"${key}":${JSON.stringify(value)}`;
}
