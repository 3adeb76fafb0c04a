/**
 * The journal's folder and the marker that says whose it is: a folder that is not ours, has lost its
 * data or was written by a newer version is refused before anything in it is touched.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { RelayError } from '../errors.ts';
import { findRoom, layLock } from '../lmdb/room.ts';
import { damaged } from './checked-table.ts';
import type { JournalConfig } from './config.ts';
import { readStarts, STARTS } from './damage/starts.ts';
import { SOCKET_PREFIX } from './ownership.ts';
import { FORMAT } from './stored.ts';

export const MARKER = 'journal.json';
/** LMDB's own names. */
export const DATA = 'data.mdb';
export const LOCK = 'lock.mdb';
/** What a new disk may hold before anybody has used it, and what stands before the marker does. */
const IGNORED: ReadonlySet<string> = new Set(['lost+found', `${MARKER}.new`]);

/** What `starts.json` makes ours, when the journal beside it is lost. */
const BESIDE_DATA: ReadonlySet<string> = new Set([STARTS, `${STARTS}.new`, LOCK, 'ballast', 'set-aside', 'unreadable']);

/** `new` until the first data is there, so that a crash in between is no lost volume. */
interface Marker {
  readonly what: 'audit-relay journal';
  readonly format: number;
  readonly state: 'new' | 'ready';
  /** A late journal of format 1: its values have checksums, as those of format 2 do. */
  readonly checked?: true;
  /** The files in today's format are whole and beside these: `migrate.ts`. */
  readonly moving?: true;
  /** When the data file was changed last, as of a clean close. Absent: it is open, or was not closed. */
  readonly closedAt?: string;
  /** Beside `new`: the folder of the damaged journal, which stands aside, whose place this one takes. */
  readonly after?: string;
  /** Where an agent that may set the journal aside has met damage as it ran: the next start does so. */
  readonly damage?: string;
}

/**
 * What the folder is; touches nothing.
 * @throws RelayError `JOURNAL_MISSING`, `JOURNAL_FOREIGN`, `JOURNAL_EMPTY`, `JOURNAL_NEWER`, `JOURNAL_DAMAGED`.
 */
export function checkFolder({ path, create }: JournalConfig): 'new' | 'existing' {
  const names = namesIn(path);
  if (names.includes(MARKER)) return readMarker(path).state === 'ready' ? existing(path) : 'new';
  const isOurs = names.includes(STARTS) && readStarts(path).kind === 'read';
  if (isOurs && names.includes(DATA)) throw damaged(`${join(path, MARKER)} is missing`);
  if (names.some((name) => !isOurs || !BESIDE_DATA.has(name))) throw foreign(path);
  if (create === 'never') throw missing(path, NOT_ALLOWED);
  return 'new';
}

/** Makes the folder ready to be opened by its owner. @throws as `checkFolder` does. */
export function prepareFolder(config: JournalConfig): 'new' | 'existing' {
  const { path } = config;
  if (checkFolder(config) === 'existing') {
    layLock(path);
    return 'existing';
  }
  if (afterOf(path) === undefined) writeMarker(path, 'new');
  // What an earlier start had no room for.
  for (const name of [DATA, LOCK]) rmSync(join(path, name), { force: true });
  findRoom(path);
  layLock(path);
  // LMDB takes an empty file as new, and keeps its mode.
  closeSync(openSync(join(path, DATA), 'a', 0o600));
  return 'new';
}

/** The data is there: from now on its absence is a loss. */
export function markReady(path: string): void {
  for (const name of [DATA, LOCK]) chmodSync(join(path, name), 0o600);
  writeMarker(path, 'ready');
}

/** Nobody writes any more: from now on only another copy is changed later than this. */
export function markClosed(path: string, closedAt: string): void {
  writeMarker(path, 'ready', closedAt);
}

/** What `markClosed` has left. @throws as `checkFolder` does. */
export function closedAtOf(path: string): string | undefined {
  return readMarker(path).closedAt;
}

/** The journal is set aside in `after`; from now on a start begins a new one, for which the old one's entries wait there. */
export function markBeginning(path: string, after: string): void {
  replaceMarker(path, { what: 'audit-relay journal', format: FORMAT, state: 'new', after: relative(path, after) });
}

/** Where the damaged journal stands whose place a new one takes, absolute. Undefined: there is none. */
export function afterOf(path: string): string | undefined {
  if (!existsSync(join(path, MARKER))) return undefined;
  const { state, after } = readMarker(path);
  return state === 'new' && after !== undefined ? join(path, after) : undefined;
}

/** The next start is to know what this process has met. */
export function markDamaged(path: string, damage: string): void {
  replaceMarker(path, { ...readMarker(path), damage });
}

/** What `markDamaged` has left. @throws as `checkFolder` does. */
export function damageOf(path: string): string | undefined {
  return readMarker(path).damage;
}

/** Format 1 gets checksums: all is still to do, or the new files are made and to be moved. */
export function migrationOf(path: string): 'none' | 'copy' | 'move' {
  const { format, state, checked, moving } = readMarker(path);
  if (state === 'new' || format === FORMAT || checked === true) return 'none';
  return moving === true ? 'move' : 'copy';
}

/** From now on a start only moves what stands beside. */
export function markMoving(path: string): void {
  replaceMarker(path, { what: 'audit-relay journal', format: 1, state: 'ready', moving: true });
}

/**
 * For whom only reads.
 * @throws RelayError `JOURNAL_MISSING`, `JOURNAL_FOREIGN`, `JOURNAL_OLDER` and the refusals of a folder that is not ready.
 */
export function requireJournal(path: string): void {
  const names = namesIn(path);
  if (!names.includes(MARKER)) throw names.length === 0 ? missing(path, NEVER_BEGUN) : foreign(path);
  readMarker(path);
  existing(path);
  if (migrationOf(path) === 'none') return;
  const fix = 'start the agent, which writes it anew';
  throw new RelayError('JOURNAL_OLDER', `the journal ${path} is of an earlier format: ${fix}`);
}

function existing(path: string): 'existing' {
  const size = statSync(join(path, DATA), { throwIfNoEntry: false })?.size ?? 0;
  if (size > 0) return 'existing';
  const fix = 'restore it from a copy, or remove the folder to begin anew';
  throw new RelayError('JOURNAL_EMPTY', `${path} is marked as a journal but its data is gone: ${fix}`);
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).filter((name) => !IGNORED.has(name) && !name.startsWith(SOCKET_PREFIX));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function readMarker(path: string): Marker {
  const marker = parseMarker(path);
  if (marker.format > FORMAT) {
    throw new RelayError(
      'JOURNAL_NEWER',
      `a newer version wrote the journal ${path}: start that version or a later one`,
    );
  }
  return marker;
}

function parseMarker(path: string): Marker {
  try {
    // Checked right below: a marker without a format is none.
    const marker = JSON.parse(readFileSync(join(path, MARKER), 'utf8')) as Marker;
    if (Number.isInteger(marker.format)) return marker;
  } catch (error) {
    throw new RelayError(
      'JOURNAL_DAMAGED',
      `${join(path, MARKER)} cannot be read: restore the folder from a copy`,
      error,
    );
  }
  throw new RelayError('JOURNAL_DAMAGED', `${join(path, MARKER)} has no format: restore the folder from a copy`);
}

function writeMarker(path: string, state: Marker['state'], closedAt?: string): void {
  replaceMarker(path, {
    what: 'audit-relay journal',
    format: FORMAT,
    state,
    ...(closedAt !== undefined && { closedAt }),
  });
}

/** Whole or not at all: written beside and moved over. */
function replaceMarker(path: string, marker: Marker): void {
  const beside = join(path, `${MARKER}.new`);
  writeFileSync(beside, `${JSON.stringify(marker)}\n`, { mode: 0o600, flush: true });
  renameSync(beside, join(path, MARKER));
}

function missing(path: string, fix: string): RelayError {
  return new RelayError('JOURNAL_MISSING', `there is no journal in ${path}: ${fix}`);
}

/** For whom may not begin one. */
const NOT_ALLOWED = 'mount its volume, or allow a new one with journal.create: auto';
/** For whom only reads. */
const NEVER_BEGUN =
  'mount its volume; or go to the folder where the agent runs, since a relative journal.path begins there; ' +
  'or start the agent, whose first start makes one';

function foreign(path: string): RelayError {
  return new RelayError(
    'JOURNAL_FOREIGN',
    `${path} holds other files: choose an empty or a new folder as journal.path; to look at a journal, the folder that holds its ${MARKER}`,
  );
}
