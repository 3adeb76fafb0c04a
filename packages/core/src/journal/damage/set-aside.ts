/**
 * Moves a damaged journal away as it is, so that a new one can be begun in its folder:
 *
 *   set-aside/2026-11-29T06-44-15.120Z/     mode 0700: data.mdb, lock.mdb, and copies of journal.json and starts.json
 *   set-aside/…/set-aside.json              why and when; `moving` until all of it is there
 *
 * Each of at most three stays until a person takes it away: that is what ends the alarm. Wherever this is cut off, the next
 * start finds the marker `ready` and goes on with the set that is `moving`, or finds it `new`, and all that is left is to begin.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { RelayError } from '../../errors.ts';
import { DATA, LOCK, MARKER, markBeginning } from '../folder.ts';
import type { SetAside } from '../journal.ts';
import { BESIDE } from '../migrate.ts';
import { STARTS, syncFolder } from './starts.ts';

export const SET_ASIDE = 'set-aside';
const NOTE = 'set-aside.json';
/** A disk that damages a journal for the fourth time is not to be trusted with a fifth. */
const MOST_SETS = 3;

interface Note extends Pick<SetAside, 'atMs' | 'code' | 'problem'> {
  readonly what: 'audit-relay journal set aside';
  readonly state: 'moving' | 'whole';
}

/** Those that stand in the folder of a journal, the oldest first. */
export function setsIn(folder: string): readonly SetAside[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, SET_ASIDE, name);
    const note = noteIn(path);
    if (note === undefined) return [];
    const { atMs, code, problem } = note;
    return [{ path, bytes: statSync(join(path, DATA), { throwIfNoEntry: false })?.size ?? 0, atMs, code, problem }];
  });
}

/**
 * Moves the journal aside. Its folder then holds `starts.json` and a marker that says that a new journal is to be begun.
 * @param error why: `JOURNAL_DAMAGED` or `JOURNAL_EMPTY`
 * @returns the set's absolute path
 * @throws RelayError `JOURNAL_DAMAGED` when three stand aside already
 */
export function setAside(folder: string, error: RelayError, nowMs: number): string {
  const path = unfinished(folder) ?? begun(folder, error, nowMs);
  for (const name of [DATA, LOCK, BESIDE]) {
    if (existsSync(join(folder, name))) renameSync(join(folder, name), join(path, name));
  }
  for (const name of [MARKER, STARTS]) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(path, name));
  }
  syncFolder(path);
  syncFolder(folder);
  markBeginning(folder, path);
  syncFolder(folder);
  const note = noteIn(path);
  if (note !== undefined) writeNote(path, { ...note, state: 'whole' });
  return path;
}

function begun(folder: string, { code, message }: RelayError, nowMs: number): string {
  if (namesIn(folder).length >= MOST_SETS) {
    const fix = `look at the disk, and at what stands in ${join(folder, SET_ASIDE)}; take the folders there away, and start again`;
    throw new RelayError('JOURNAL_DAMAGED', `${message}. ${MOST_SETS} damaged journals stand aside already: ${fix}`);
  }
  mkdirSync(join(folder, SET_ASIDE), { recursive: true, mode: 0o700 });
  const time = new Date(nowMs).toISOString().replaceAll(':', '-');
  const taken = new Set(namesIn(folder));
  const name = [time, `${time}-2`, `${time}-3`].find((one) => !taken.has(one)) ?? time;
  const path = join(folder, SET_ASIDE, name);
  mkdirSync(path, { mode: 0o700 });
  writeNote(path, { what: 'audit-relay journal set aside', state: 'moving', atMs: nowMs, code, problem: message });
  syncFolder(join(folder, SET_ASIDE));
  return path;
}

function unfinished(folder: string): string | undefined {
  const paths = namesIn(folder).map((name) => join(folder, SET_ASIDE, name));
  return paths.findLast((path) => noteIn(path)?.state === 'moving');
}

function namesIn(folder: string): readonly string[] {
  const path = join(folder, SET_ASIDE);
  return existsSync(path) ? readdirSync(path).toSorted() : [];
}

/** Undefined: none was written yet, or it cannot be read. */
function noteIn(path: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(path, NOTE), 'utf8')) as Note;
  } catch {
    return undefined;
  }
}

function writeNote(path: string, note: Note): void {
  writeFileSync(join(path, `${NOTE}.new`), `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true });
  renameSync(join(path, `${NOTE}.new`), join(path, NOTE));
  syncFolder(path);
}
