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
import { joined } from './payload.ts';
import { canonicalOf } from './read-entry.ts';

/** Never throws for an entry whose `raw` is a JSON object. */
export type Renderer = (entry: Entry, shape: DocumentShape) => Envelope;

/** @param identity goes into ECS `agent`; the same identity, entry and shape give the same bytes. */
export function createRenderer(identity: RelayIdentity): Renderer {
  const agent: JsonObject = { type: 'audit-relay', name: identity.name, version: identity.version };
  const rendered = new WeakMap<Entry, Map<string, Envelope>>();
  return (entry, shape) => {
    const key = shape.format === 'ecs' ? `ecs\n${shape.dataset}\n${shape.namespace}` : shape.format;
    const ofEntry = rendered.get(entry) ?? new Map<string, Envelope>();
    const before = ofEntry.get(key);
    if (before !== undefined) return before;
    const envelope = envelopeOf(entry, textOf(entry, shape, agent));
    rendered.set(entry, ofEntry.set(key, envelope));
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

function factsOf(event: CanonicalEvent, { source, feed }: Entry): Facts {
  const { actor, origin, organization, project, payload } = event;
  const { person } = actor;
  return {
    source,
    feed,
    summary: event.message,
    severity: event.classification.severity,
    outcome: event.outcome,
    ...named('organization', { id: organization?.id, name: organization?.name }),
    ...named('project', { id: project.id, name: project.name }),
    ...named('actor', { id: person?.id, name: person?.name ?? actor.keyName, email: person?.email }),
    ...(origin.ip === undefined ? {} : { ip: origin.ip }),
    ...(origin.userAgent === undefined ? {} : { userAgent: origin.userAgent }),
    ...named('target', {
      type: event.targetType,
      id: joined(payload.targets, 'id'),
      name: joined(payload.targets, 'name'),
    }),
  };
}

/** The contract says absent, not undefined: `{ [key]: members that are set }`, or nothing. */
function named<Key extends string>(
  key: Key,
  members: Readonly<Record<string, string | undefined>>,
): { readonly [K in Key]?: Readonly<Record<string, string>> } {
  const set = Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined);
  // A computed key widens to string.
  return set.length === 0 ? {} : ({ [key]: Object.fromEntries(set) } as { [K in Key]: Record<string, string> });
}
