/**
 * The renderer: an entry to the envelope a sink is given. Between the lane's filter and its batch.
 * Its bytes are counted once. How lanes share an envelope: `shared-renderings.ts`.
 */
import { hash } from 'node:crypto';
import type { Envelope, Facts } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import type { JsonObject } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import { type NormalizeConfig, PLAIN, type Severity } from './config.ts';
import type { DocumentShape, RelayIdentity } from './document.ts';
import { toEcs } from './ecs.ts';
import { toOcsf } from './ocsf.ts';
import { joined, type Target } from './payload.ts';
import { type ReadEntry, readEntry } from './read-entry.ts';

/** Never throws for an entry whose `raw` is a JSON object. */
export type Renderer = (entry: Entry, shape: DocumentShape) => Envelope;

/**
 * The same arguments, entry and shape give the same bytes.
 * @param identity goes into ECS `agent`.
 */
export function createRenderer(
  identity: RelayIdentity,
  config: NormalizeConfig = PLAIN.normalize,
  read: ReadEntry = readEntry,
): Renderer {
  const manner: Manner = {
    agent: { type: 'audit-relay', name: identity.name, version: identity.version },
    original: config.original,
    severities: new Map(Object.entries(config.severity)),
  };
  return (entry, shape) => renderEntry({ entry, event: graded(read(entry), manner.severities) }, shape, manner);
}

/** What is the same for every entry. */
interface Manner {
  readonly agent: JsonObject;
  readonly original: boolean;
  readonly severities: ReadonlyMap<string, Severity>;
}

interface ReadOne {
  readonly entry: Entry;
  readonly event: CanonicalEvent;
}

function renderEntry({ entry, event }: ReadOne, shape: DocumentShape, manner: Manner): Envelope {
  const json = shape.format === 'raw' ? rawText(entry) : documentText(entry, event, { shape, manner });
  return frozen({
    id: envelopeId(entry.id),
    type: event.type,
    timeMs: event.timeMs,
    receivedMs: event.receivedMs,
    json,
    bytes: Buffer.byteLength(json),
    facts: factsOf(event, entry),
  });
}

/** All lanes share it: a sink that writes to it, though it must not, would change what the others deliver. */
function frozen(envelope: Envelope): Envelope {
  for (const fact of Object.values(envelope.facts)) Object.freeze(fact);
  Object.freeze(envelope.facts);
  return Object.freeze(envelope);
}

/** The configuration's word on the severity of a type goes before the table's. */
function graded(event: CanonicalEvent, severities: Manner['severities']): CanonicalEvent {
  const severity = severities.get(event.type);
  return severity === undefined ? event : { ...event, classification: { ...event.classification, severity } };
}

/** Outside of strings a newline means nothing, and inside JSON allows none. */
function rawText(entry: Entry): string {
  return entry.raw.replace(/[\r\n]+/g, '');
}

function documentText(
  entry: Entry,
  event: CanonicalEvent,
  { shape, manner }: { readonly shape: DocumentShape; readonly manner: Manner },
): string {
  const original = manner.original ? entry.raw : undefined;
  const { format, dataset, namespace } = shape;
  const { agent } = manner;
  const write = (written: CanonicalEvent): string =>
    JSON.stringify(
      format === 'ocsf' ? toOcsf(written, original) : toEcs(written, { dataset, namespace, agent, original }),
    );
  try {
    return write(event);
  } catch {
    // JSON.parse takes any depth, JSON.stringify some thousand levels: such a payload goes as text.
    return write({ ...event, payload: { ...event.payload, details: { text: entry.raw } } });
  }
}

/** Elasticsearch takes an `_id` of 512 bytes at most, and the others get the same. */
function envelopeId(id: string): string {
  return Buffer.byteLength(id) <= 512 ? id : `sha256:${hash('sha256', id)}`;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

/** Absent, not undefined, is what the contract says of what the event does not hold. */
function factsOf(event: CanonicalEvent, entry: Entry): Facts {
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
  setNamed(facts, 'actor', { id: actor.person?.id, name: actor.person?.name ?? actor.keyName });
  if (actor.person?.email !== undefined) facts.actor = { ...facts.actor, email: actor.person.email };
  if (origin.ip !== undefined) facts.ip = origin.ip;
  if (origin.userAgent !== undefined) facts.userAgent = origin.userAgent;
  setNamed(facts, 'target', { id: joined(payload.targets, 'id'), name: joined(payload.targets, 'name') });
  if (event.targetType !== undefined) facts.target = { type: event.targetType, ...facts.target };
  return facts;
}

function setNamed(facts: Draft<Facts>, key: 'project' | 'actor' | 'target', { id, name }: Target): void {
  if (id !== undefined) facts[key] = name === undefined ? { id } : { id, name };
  else if (name !== undefined) facts[key] = { name };
}
