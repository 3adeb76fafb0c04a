/**
 * The renderer: an entry to the envelope a sink is given. Between the lane's filter and its batch.
 * Each entry is rendered once per shape however many lanes ask, and its bytes are counted once.
 */
import { hash } from 'node:crypto';
import type { Envelope, Facts } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import type { JsonObject } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import type { DocumentShape, RelayIdentity } from './document.ts';
import { toEcs } from './ecs.ts';
import { toOcsf } from './ocsf.ts';
import { joined, type Target } from './payload.ts';
import { canonicalOf } from './read-entry.ts';

/** Never throws for an entry whose `raw` is a JSON object. */
export type Renderer = (entry: Entry, shape: DocumentShape) => Envelope;

/** @param identity goes into ECS `agent`; the same identity, entry and shape give the same bytes. */
export function createRenderer(identity: RelayIdentity): Renderer {
  const agent: JsonObject = { type: 'audit-relay', name: identity.name, version: identity.version };
  const byShape = new Map<string, WeakMap<Entry, Envelope>>();
  return (entry, shape) => {
    const key = shape.format === 'ecs' ? `ecs\n${shape.dataset}\n${shape.namespace}` : shape.format;
    const rendered = byShape.get(key) ?? new WeakMap<Entry, Envelope>();
    byShape.set(key, rendered);
    const envelope = rendered.get(entry) ?? envelopeOf(entry, textOf(entry, shape, agent));
    rendered.set(entry, envelope);
    return envelope;
  };
}

function textOf(entry: Entry, shape: DocumentShape, agent: JsonObject): string {
  // Outside of strings a newline means nothing, and inside JSON allows none.
  if (shape.format === 'raw') return entry.raw.replace(/[\r\n]+/g, '');
  const write = (event: CanonicalEvent): string =>
    JSON.stringify(shape.format === 'ocsf' ? toOcsf(event) : toEcs(event, { ...shape, agent }));
  const event = canonicalOf(entry);
  try {
    return write(event);
  } catch {
    // JSON.parse takes any depth, JSON.stringify some thousand levels: such a payload goes as text.
    return write({ ...event, payload: { ...event.payload, details: { text: entry.raw } } });
  }
}

function envelopeOf(entry: Entry, json: string): Envelope {
  const event = canonicalOf(entry);
  return {
    id: envelopeId(entry.id),
    type: event.type,
    timeMs: event.timeMs,
    receivedMs: event.receivedMs,
    json,
    bytes: Buffer.byteLength(json),
    facts: factsOf(event, entry),
  };
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
