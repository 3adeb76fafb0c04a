/** Reads a journal through to its last entry: what `journal check` says. Writes nothing, and may run beside the agent. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasCode } from '../../errors.ts';
import { remnantsOf } from '../damage/remains.ts';
import { setsIn } from '../damage/set-aside.ts';
import { readStarts } from '../damage/starts.ts';
import { deadLetterCounts } from '../dead-letter-table.ts';
import { DATA } from '../folder.ts';
import type { SetAside } from '../journal.ts';
import { isHeld } from '../ownership.ts';
import { openForReading } from '../read-only.ts';
import { type Store, stateOf } from '../store.ts';
import { chunkAt, chunkKeysIn } from './entries.ts';

export interface JournalCheck {
  /** `entries_damaged`: the journal opens, and a lane that comes to one of `damaged` stops. */
  readonly verdict: 'whole' | 'entries_damaged' | 'damaged';
  /** The folder, absolute. */
  readonly path: string;
  /** An agent runs on it: it has looked at the file's structure when it began, and that is not done again. */
  readonly running: boolean;
  /** Of `data.mdb`, on disk. */
  readonly fileBytes: number;
  /** Those that were read and are as they were written. */
  readonly entries: number;
  readonly deadLetters: number;
  /** Of a source: records without an id. */
  readonly malformedRecords: number;
  readonly lanes: number;
  /** Chunks whose checksum differs, by the number of their first entry; at most 100 are named. */
  readonly damaged: readonly number[];
  /** What is wrong, in words with a fix. */
  readonly problem?: string;
  /** Of a journal that does not open: what `journal export --salvage` brings out, copies counted. */
  readonly salvageable?: { readonly entries: number; readonly deadLetters: number };
  /** What `starts.json` is. `none`: an earlier version wrote the journal last. */
  readonly starts: 'read' | 'none' | 'damaged';
  readonly setAside: readonly SetAside[];
}

/** With what was seen in the file, where that is known. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

const MOST_NAMED = 100;

/** @throws RelayError `JOURNAL_MISSING`, `JOURNAL_FOREIGN`, `JOURNAL_NEWER`, `JOURNAL_OLDER`, `JOURNAL_FOLDER`: then there is nothing to check */
export async function checkJournal(path: string): Promise<JournalCheck> {
  const folder = resolve(path);
  const common = {
    path: folder,
    running: await isHeld(folder),
    fileBytes: statSync(join(folder, DATA), { throwIfNoEntry: false })?.size ?? 0,
    starts: readStarts(folder).kind,
    setAside: setsIn(folder),
  };
  try {
    const store = await openForReading(folder);
    try {
      return { ...common, ...(await read(store)) };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!hasCode(error, 'JOURNAL_DAMAGED') && !hasCode(error, 'JOURNAL_EMPTY')) throw error;
    const problem = wordsOf(error);
    const none = { entries: 0, deadLetters: 0, malformedRecords: 0, lanes: 0, damaged: [] };
    return { ...common, ...none, verdict: 'damaged', problem, salvageable: await salvageableIn(folder) };
  }
}

async function read(
  store: Store,
): Promise<
  Pick<JournalCheck, 'verdict' | 'entries' | 'deadLetters' | 'malformedRecords' | 'lanes' | 'damaged' | 'problem'>
> {
  const damaged: number[] = [];
  let entries = 0;
  let problem: string | undefined;
  for await (const key of chunkKeysIn(store)) {
    try {
      entries += chunkAt(store, key)?.length ?? 0;
    } catch (error) {
      if (!hasCode(error, 'JOURNAL_DAMAGED')) throw error;
      problem ??= wordsOf(error);
      if (damaged.length < MOST_NAMED) damaged.push(key[0]);
    }
  }
  const { deadLetters, malformedRecords } = deadLetterCounts(store);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    verdict: damaged.length === 0 ? 'whole' : 'entries_damaged',
    entries,
    deadLetters: sum(deadLetters),
    malformedRecords: sum(malformedRecords),
    lanes: stateOf(store).lanes.length,
    damaged,
    ...(problem !== undefined && { problem }),
  };
}

async function salvageableIn(folder: string): Promise<NonNullable<JournalCheck['salvageable']>> {
  let [entries, deadLetters] = [0, 0];
  for await (const remnant of remnantsOf(folder)) {
    if (remnant.kind === 'entries') entries += remnant.entries.length;
    if (remnant.kind === 'dead_letter') deadLetters += 1;
  }
  return { entries, deadLetters };
}
