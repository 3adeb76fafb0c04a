/** What the doctor says of the journal: whether it is there and whole, may be written, and is held. It writes nothing. */
import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type JournalConfig, type Runtime, readJournal } from '@audit-relay/core';
import type { Check } from '@audit-relay/sink';
import type { LoadedJournal } from '../config/journal.ts';
import { codeOf, messageOf } from '../stopping.ts';
import { failure } from './finding.ts';

const OWNER = 'run this as the user that the agent runs as, and give that user the folder';

/** @param folder absolute. */
export async function journalChecks(folder: string, { create }: JournalConfig): Promise<readonly Check[]> {
  try {
    const reader = await readJournal(folder);
    try {
      const { entries, bytes, maxBytes } = reader.stats();
      const size = `${entries} entries in ${mebibytes(bytes)} of ${mebibytes(maxBytes)} MiB`;
      const holder = (await reader.isHeld()) ? 'an agent runs on it' : 'no agent runs on it';
      return [
        { name: 'content', verdict: 'ok', detail: `it can be read: ${size}` },
        { name: 'holder', verdict: 'ok', detail: holder },
        await folderCheck(folder),
        ...(await roomChecks(folder, BEGUN_BYTES)),
      ];
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (codeOf(error) === 'JOURNAL_MISSING' && create === 'auto') {
      return [NEW, await folderCheck(folder), ...(await roomChecks(folder, NEW_BYTES))];
    }
    return [failure(error, OWNER)];
  }
}

/** Of one that is not in a folder: what a start would say of its peer. Never rejects. */
export async function peerChecks({ plugin, config }: LoadedJournal, runtime: Runtime): Promise<readonly Check[]> {
  const fix = 'docs/ERRORS.md says what to do: JOURNAL_TOPICS';
  try {
    const problems = await plugin.problems(config, runtime);
    if (problems.length > 0) return problems.map((detail) => ({ name: 'content', verdict: 'fail', detail, fix }));
    return [{ name: 'content', verdict: 'ok', detail: 'all that a start looks at is as it must be' }];
  } catch (error) {
    return [failure(error, 'look at the addresses, the credentials and the network')];
  }
}

const NEW: Check = { name: 'content', verdict: 'ok', detail: 'there is none yet: the first start makes it' };

/** Whether the folder, or the nearest one above it that is there, may be written. */
async function folderCheck(folder: string): Promise<Check> {
  const name = 'folder';
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return { name, verdict: 'ok', detail: `${folder} may be written` };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(folder) !== folder) return folderCheck(dirname(folder));
    return folderFailure(folder, error);
  }
}

/** What the system says of a folder that cannot be written, with the fix that goes with it. */
export function folderFailure(folder: string, error: unknown): Check {
  const [what, fix] = FOLDER[codeOf(error) ?? ''] ?? ['this user may not write', OWNER];
  return { name: 'folder', verdict: 'fail', detail: `${what} ${folder}: ${messageOf(error)}`, fix };
}

const FOLDER: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  EROFS: ['the file system can only be read of', 'mount it for writing, or choose another journal.path'],
  ENOTDIR: ['a part of the path is a file:', 'choose another journal.path, or move the file away'],
};

/** What a first start puts there: `ballast` of 8 MiB, and the first pages. */
const NEW_BYTES = 16 * 2 ** 20;
/** Below that a journal that has begun takes no more events soon. */
const BEGUN_BYTES = 2 ** 20;

/** Of the file system of the folder, or of the nearest one above it that is there. Nothing where it does not say. */
async function roomChecks(folder: string, neededBytes: number): Promise<readonly Check[]> {
  try {
    const { bavail, bsize, blocks } = await statfs(folder);
    return blocks === 0 ? [] : [roomCheck(folder, bavail * bsize, neededBytes)];
  } catch (error) {
    const isAbsent = codeOf(error) === 'ENOENT' && dirname(folder) !== folder;
    return isAbsent ? roomChecks(dirname(folder), neededBytes) : [];
  }
}

/** Whether its disk has what a start takes at once; the rest comes with the events, up to `journal.max_bytes`. */
export function roomCheck(folder: string, freeBytes: number, neededBytes: number): Check {
  const name = 'room';
  const free = `${mebibytes(freeBytes)} MiB free on the disk of ${folder}`;
  if (freeBytes >= neededBytes) return { name, verdict: 'ok', detail: free };
  const fix = 'make room there, or choose another journal.path';
  return {
    name,
    verdict: 'fail',
    detail: `only ${free}: the journal takes ${mebibytes(neededBytes)} MiB at once`,
    fix,
  };
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}
