/** Which events the newest lines hold, so that what is sent again after a crash is not written twice. */
import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { linesFromEnd } from './backwards.ts';

/**
 * How many lines are looked through, over all files. What a lane may send again was read after its
 * cursor's position, which is `max_ahead` entries at most: 100,000 unless configured.
 */
const LINES = 120_000;

/** Ids of the newest lines in `paths`, which are given newest first. @throws as `open(2)` does */
export async function heldIds(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let left = LINES;
  for (const path of paths) {
    if (left <= 0) break;
    left -= await collect(path, ids, left);
  }
  return ids;
}

async function collect(path: string, ids: Set<string>, atMost: number): Promise<number> {
  const file = await open(path, 'r');
  let seen = 0;
  try {
    for await (const lines of linesFromEnd(file)) {
      for (const id of lines.flatMap((line) => idOf(line) ?? [])) ids.add(id);
      seen += lines.length;
      if (seen >= atMost) break;
    }
    return seen;
  } finally {
    await file.close();
  }
}

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
