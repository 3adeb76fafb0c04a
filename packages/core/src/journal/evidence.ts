/**
 * Answers of the API that could not be read, as files in the journal's folder: whoever has to find out
 * what a proxy made of them needs the bytes. They may hold events, so they are the owner's alone.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder's name, inside the journal's. */
const EVIDENCE = 'unreadable';
const KEPT = 10;
const MAX_BYTES = 2 ** 20;

export interface Evidence {
  /** In what way it could not be read, in words that make a file name: `the_body_is_not_JSON`. */
  readonly condition: string;
  readonly body: Uint8Array;
}

/** Writes `unreadable/<source>/<condition>/<time>.body`; the path, or undefined when that was not possible. */
export function keepEvidence(
  folder: string,
  { source, condition, body, atMs }: Evidence & { readonly source: string; readonly atMs: number },
): string | undefined {
  const place = join(folder, EVIDENCE, encodeURIComponent(source), condition);
  const path = join(place, `${new Date(atMs).toISOString().replaceAll(':', '-')}.body`);
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    writeFileSync(path, body.subarray(0, MAX_BYTES), { mode: 0o600 });
    // The names are times, so their order is that of time.
    for (const name of readdirSync(place).toSorted().slice(0, -KEPT)) rmSync(join(place, name), { force: true });
    return path;
  } catch {
    // A full disk is said where something is lost by it.
    return undefined;
  }
}
