/**
 * `starts.json`, a small file beside the journal's data: where each feed began, which log it reads, and what is surely
 * delivered. So a journal whose data is lost never begins at "now": `begin-again.ts` takes the starts from here.
 *
 *   {"what":"audit-relay starts","format":1,"check":"1a2b3c4d","starts":{"lanes":["siem"],"sources":{"acme":{…}}}}
 *
 * `check` is the CRC-32 of the JSON of `starts`. Written beside and moved over, file and folder synced: a power cut leaves
 * the old one or the new one.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Feed } from '../../entry.ts';
import { RelayError } from '../../errors.ts';
import type { StoredBinding } from '../binding.ts';
import type { Checkpoint, Span } from '../checkpoint.ts';

export const STARTS = 'starts.json';
const WHAT = 'audit-relay starts';
const FORMAT = 1;

/** What of a checkpoint says where a feed began. */
export type FeedStart = Pick<Checkpoint, 'startSeconds' | 'startProvisional' | 'waiting' | 'sawEvent'> & {
  /** Never to be read again: done for good, and every lane has passed it. Ascending, disjoint, whole seconds. */
  readonly settled: readonly Span[];
};

export interface SourceStart {
  readonly binding?: StoredBinding;
  readonly feeds: Readonly<Partial<Record<Feed, FeedStart>>>;
}

export interface Starts {
  /** As of the last write: each of them is owed what the journal held. */
  readonly lanes: readonly string[];
  /** By name. */
  readonly sources: Readonly<Record<string, SourceStart>>;
}

/** `damaged`: it is there and says nothing that can be relied on. */
export type StartsFound = { readonly kind: 'none' | 'damaged' } | { readonly kind: 'read'; readonly starts: Starts };

/** @throws RelayError `JOURNAL_NEWER`, or the system's own error when it cannot be read */
export function readStarts(folder: string): StartsFound {
  const path = join(folder, STARTS);
  if (!existsSync(path)) return { kind: 'none' };
  const file = parsed(readFileSync(path, 'utf8'));
  if (file === undefined) return { kind: 'damaged' };
  if (file.format > FORMAT) {
    const fix = 'start that version or a later one';
    throw new RelayError('JOURNAL_NEWER', `a newer version wrote ${path}: ${fix}`);
  }
  return checkOf(JSON.stringify(file.starts) ?? '') === file.check
    ? { kind: 'read', starts: file.starts }
    : { kind: 'damaged' };
}

/** On disk when it returns. @throws the system's own error */
export function writeStarts(folder: string, starts: Starts): void {
  writeStartsText(folder, JSON.stringify(starts));
}

/** The same for who has the JSON of them already. */
export function writeStartsText(folder: string, starts: string): void {
  const path = join(folder, STARTS);
  const head = JSON.stringify({ what: WHAT, format: FORMAT, check: checkOf(starts) }).slice(0, -1);
  writeFileSync(`${path}.new`, `${head},"starts":${starts}}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/** What was made, moved or removed in a folder outlives a power cut only once the folder is on disk. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

interface StartsFile {
  readonly format: number;
  readonly check: string;
  readonly starts: Starts;
}

/** Undefined: no file of ours. What it holds is vouched for by its checksum alone. */
function parsed(text: string): StartsFile | undefined {
  try {
    const file = JSON.parse(text) as StartsFile & { readonly what: string };
    return file.what === WHAT && Number.isInteger(file.format) ? file : undefined;
  } catch {
    return undefined;
  }
}

function checkOf(starts: string): string {
  return crc32(starts).toString(16);
}
