/** Which event a line holds: what the index of ids is made from where only the lines are there. */
import { hash } from 'node:crypto';

/**
 * The envelope's id, from where each format keeps the event's own: ECS `event.id`, OCSF
 * `metadata.original_event_uid`, the raw record `id`. So a line is known again whichever version of
 * the mapping has written it. Undefined for a line that is none of ours.
 */
export function idOf(line: string): string | undefined {
  const document = parse(line);
  const id =
    '@timestamp' in document
      ? member(document, 'event', 'id')
      : 'class_uid' in document
        ? member(document, 'metadata', 'original_event_uid')
        : document['id'];
  if (typeof id !== 'string') return undefined;
  // As the contract makes an envelope's id of a long one.
  return Buffer.byteLength(id) <= 512 ? id : `sha256:${hash('sha256', id)}`;
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return {};
  }
}

function member(document: Readonly<Record<string, unknown>>, parent: string, key: string): unknown {
  return asRecord(document[parent])[key];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  // Any object may be looked at by string keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
