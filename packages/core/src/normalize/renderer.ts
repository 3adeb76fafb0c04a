/**
 * The renderer: an entry to the envelope a sink is given. Between the lane's filter and its batch.
 * Its bytes are counted once. How lanes share an envelope: `shared-renderings.ts`.
 */
import { hash } from 'node:crypto';
import type { Envelope, Facts } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import type { JsonObject } from '../event.ts';
import type { Person } from './actor.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { CanonicalEvent } from './canonical.ts';
import { type NormalizeConfig, PLAIN, type Severity } from './config.ts';
import type { DocumentShape, RelayIdentity } from './document.ts';
import { DocumentSlabs } from './document-slabs.ts';
import { EcsText } from './ecs-text.ts';
import type { Classification } from './event-types.ts';
import { OcsfText } from './ocsf-text.ts';
import { joined, type Target } from './payload.ts';
import { createReadEntry, type ReadEntry } from './read-entry.ts';

/** Never throws for an entry whose `raw` is a JSON object. */
export type Renderer = (entry: Entry, shape: DocumentShape) => Envelope;

/**
 * The same arguments, entry and shape give the same bytes.
 * @param identity goes into ECS `agent`.
 */
export function createRenderer(
  identity: RelayIdentity,
  config: NormalizeConfig = PLAIN.normalize,
  read: ReadEntry = createReadEntry(),
): Renderer {
  const writers = new Writers({ type: 'audit-relay', name: identity.name, version: identity.version });
  const grades = new Grades(config.severity);
  const people: PeopleFacts = new BoundedCache(MOST_PEOPLE, factsOfPerson);
  const slabs = new DocumentSlabs((entry) =>
    frozenFacts(factsOf({ entry, event: grades.graded(read(entry)) }, people)),
  );
  const packed = (entry: Entry, { type, timeMs, receivedMs }: CanonicalEvent, json: string): Envelope =>
    slabs.pack({ id: envelopeId(entry.id), type, timeMs, receivedMs }, entry, json);
  return (entry, shape) => {
    const event = grades.graded(read(entry));
    const json = shape.format === 'raw' ? rawText(entry) : documentText({ entry, event }, writers.of(shape), config);
    return shape.taken === 'bytes' ? packed(entry, event, json) : enveloped({ entry, event }, json, people);
  };
}

/** The canonical event as the text of one schema. @throws RangeError where the payload is too deep to be written. */
interface Writer {
  write(event: CanonicalEvent, original?: string): string;
}

/** The writers of the shapes that are asked for: one for each lane that has its own, and they live as long as the relay. */
class Writers {
  readonly #agent: JsonObject;
  readonly #ocsf = new OcsfText();
  readonly #ecs = new BoundedCache(MOST_SHAPES, (shape: DocumentShape) => {
    const { dataset, namespace } = shape;
    return new EcsText({ dataset, namespace, agent: this.#agent });
  });

  constructor(agent: JsonObject) {
    this.#agent = agent;
  }

  of(shape: DocumentShape): Writer {
    return shape.format === 'ocsf' ? this.#ocsf : this.#ecs.of(shape);
  }
}

const MOST_SHAPES = 100;
const MOST_PEOPLE = 2_000;

type PeopleFacts = BoundedCache<Person, NonNullable<Facts['actor']>>;

/** The configuration's word on the severity of a type goes before the table's. */
class Grades {
  readonly #severities: ReadonlyMap<string, Severity>;
  /** By type; of each line of the table one, so that what is written of it can be remembered. */
  readonly #graded = new Map<string, { readonly from: Classification; readonly to: Classification }>();

  constructor(severities: NormalizeConfig['severity']) {
    this.#severities = new Map(Object.entries(severities));
  }

  graded(event: CanonicalEvent): CanonicalEvent {
    const severity = this.#severities.get(event.type);
    if (severity === undefined) return event;
    const { type, classification: from } = event;
    const known = this.#graded.get(type);
    const to = known?.from === from ? known.to : { ...from, severity };
    if (known?.to !== to) this.#graded.set(type, { from, to });
    return { ...event, classification: to };
  }
}

interface ReadOne {
  readonly entry: Entry;
  readonly event: CanonicalEvent;
}

/** All lanes share it, frozen: a sink that writes to it, though it must not, would change what the others deliver. */
function enveloped(one: ReadOne, json: string, people: PeopleFacts): Envelope {
  const { entry, event } = one;
  return Object.freeze({
    id: envelopeId(entry.id),
    type: event.type,
    timeMs: event.timeMs,
    receivedMs: event.receivedMs,
    json,
    bytes: Buffer.byteLength(json),
    facts: frozenFacts(factsOf(one, people)),
  });
}

function frozenFacts(facts: Facts): Facts {
  // By name: a list of all facts for each event was as much garbage as the facts.
  if (facts.organization !== undefined) Object.freeze(facts.organization);
  if (facts.project !== undefined) Object.freeze(facts.project);
  if (facts.actor !== undefined) Object.freeze(facts.actor);
  if (facts.target !== undefined) Object.freeze(facts.target);
  return Object.freeze(facts);
}

/** Outside of strings a newline means nothing, and inside JSON allows none. */
function rawText(entry: Entry): string {
  return entry.raw.replace(/[\r\n]+/g, '');
}

function documentText({ entry, event }: ReadOne, writer: Writer, { original }: NormalizeConfig): string {
  const own = original ? entry.raw : undefined;
  try {
    return writer.write(event, own);
  } catch {
    // JSON.parse takes any depth, JSON.stringify some thousand levels: such a payload goes as text.
    return writer.write({ ...event, payload: { ...event.payload, details: { text: entry.raw } } }, own);
  }
}

/** Elasticsearch takes an `_id` of 512 bytes at most, and the others get the same. */
function envelopeId(id: string): string {
  // A UTF-16 code unit takes three bytes at most, so that nearly no id has to be counted.
  return id.length <= 170 || Buffer.byteLength(id) <= 512 ? id : `sha256:${hash('sha256', id)}`;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

/** Absent, not undefined, is what the contract says of what the event does not hold. */
function factsOf({ event, entry }: ReadOne, people: PeopleFacts): Facts {
  const { actor, origin, organization, project, payload } = event;
  const facts: Draft<Facts> = {
    source: entry.source,
    feed: entry.feed,
    summary: event.message,
    severity: event.classification.severity,
    outcome: event.outcome,
  };
  if (organization !== undefined) facts.organization = organization;
  setNamed(facts, 'project', project);
  if (actor.person !== undefined) facts.actor = people.of(actor.person);
  else if (actor.keyName !== undefined) facts.actor = { name: actor.keyName };
  if (origin.ip !== undefined) facts.ip = origin.ip;
  if (origin.userAgent !== undefined) facts.userAgent = origin.userAgent;
  setNamed(facts, 'target', { id: joined(payload.targets, 'id'), name: joined(payload.targets, 'name') });
  if (event.targetType !== undefined) facts.target = { type: event.targetType, ...facts.target };
  return facts;
}

/** The same object for all events by somebody: it is frozen like all facts. */
function factsOfPerson({ id, name, email }: Person): NonNullable<Facts['actor']> {
  return Object.freeze({
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
  });
}

function setNamed(facts: Draft<Facts>, key: 'project' | 'actor' | 'target', { id, name }: Target): void {
  if (id !== undefined) facts[key] = name === undefined ? { id } : { id, name };
  else if (name !== undefined) facts[key] = { name };
}
