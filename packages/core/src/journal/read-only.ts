/** The journal as a second process sees it while the agent runs: `audit-relay status` without a port. */
import { join, resolve } from 'node:path';
import type { Entry, Feed } from '../entry.ts';
import type { JsonValue } from '../event.ts';
import type { NormalizationConfig } from '../normalize/config.ts';
import { createNormalizer } from '../normalize/normalizer.ts';
import { entriesIn, type Selection } from './care/entries.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkDataFile } from './data-file.ts';
import type { KeptDeadLetter, KeptMalformedRecord } from './dead-letter.ts';
import { deadLettersOf, deadLettersOfEvent, malformedRecordsOf } from './dead-letter-table.ts';
import { type Found, findEntry } from './find-entry.ts';
import { DATA, requireJournal } from './folder.ts';
import { folderRefusal } from './folder-refusal.ts';
import type { JournalStats } from './journal.ts';
import { askOwner, isHeld } from './ownership.ts';
import type { ReplayRequest } from './replay.ts';
import { countReplayable, type Replayable, type ReplayableCounts, replayable } from './replayable.ts';
import { statsOf } from './stats.ts';
import { openStore, type Store } from './store.ts';
import { type JournalTail, tailOf } from './tail.ts';
import { verifyFile, verifyValues } from './verify.ts';

/** A lane's `when`, and what decides on what it sees. */
export interface Filter {
  readonly when: string | undefined;
  readonly normalization: NormalizationConfig | undefined;
}

/** A snapshot per call; nothing is ever written. */
export interface JournalReader {
  /** As of the agent's last commit. `fullBecauseOf` is known to the agent alone. */
  stats(): JournalStats;
  checkpoints(): Readonly<Record<string, Readonly<Partial<Record<Feed, Checkpoint>>>>>;
  deadLetters(lane: string): Iterable<KeptDeadLetter>;
  malformedRecords(source: string): Iterable<KeptMalformedRecord>;
  /** The dead letters of the event with this id, of all lanes. */
  lettersOf(id: string): readonly KeptDeadLetter[];
  /** The newest copy of the event with this id. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
  find(id: string): Promise<Found>;
  /** What any replay can find now. */
  replayable(): Replayable;
  /**
   * What one to this lane would, by its `when` and what is redacted before that. Reads all of the journal.
   * @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`; `WHEN_INVALID`.
   */
  countReplayable(
    lane: string,
    time: Pick<ReplayRequest, 'fromMs' | 'toMs'>,
    filter: Filter,
  ): Promise<ReplayableCounts>;
  /** What is held, in journal order and one chunk in memory. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
  entries(selection: Selection): AsyncIterable<Entry>;
  /** The end of the journal, as it grows; holds nothing in it. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
  tail(from: Parameters<typeof tailOf>[1], maxBytes: number): JournalTail;
  /** Whether an agent runs on it. */
  isHeld(): Promise<boolean>;
  /**
   * Asks the agent that runs on it something, as `control.ts` has it. Undefined: none runs, it does not understand, or it
   * has not answered within `limitMs`, half a minute when absent.
   */
  ask(question: JsonValue, limitMs?: number): Promise<JsonValue | undefined>;
  close(): Promise<void>;
}

/**
 * Opens the journal in the folder `path` for reading, whether an agent holds it or not. What an agent runs on it has
 * looked at closely; else it is done here, but for the entries themselves, which are looked at as they are read.
 * @throws RelayError `JOURNAL_MISSING`, `JOURNAL_EMPTY`, `JOURNAL_NEWER`, `JOURNAL_OLDER`, `JOURNAL_DAMAGED`,
 *   `JOURNAL_FOLDER`.
 */
export async function readJournal(path: string): Promise<JournalReader> {
  const folder = resolve(path);
  return readerOf(folder, await openForReading(folder));
}

/** Of an absolute folder. @throws as `readJournal` does */
export async function openForReading(folder: string): Promise<Store> {
  try {
    requireJournal(folder);
    return await openVerified(folder);
  } catch (error) {
    throw folderRefusal(folder, error) ?? error;
  }
}

async function openVerified(folder: string): Promise<Store> {
  if (await isHeld(folder)) {
    checkDataFile(join(folder, DATA));
    return openStore({ path: folder, mode: 'read' });
  }
  const sizes = await verifyFile(folder);
  const store = openStore({ path: folder, mode: 'read' });
  try {
    await verifyValues(store, sizes);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function readerOf(folder: string, store: Store): JournalReader {
  return {
    stats: () => statsOf(store, folder),
    checkpoints: () => {
      const bySource: Record<string, Partial<Record<Feed, Checkpoint>>> = {};
      for (const { key, value } of store.checkpoints.getRange()) {
        const [source, feed] = key;
        bySource[source] = { ...bySource[source], [feed]: value };
      }
      return bySource;
    },
    deadLetters: (lane) => deadLettersOf(store, lane),
    malformedRecords: (source) => malformedRecordsOf(store, source),
    lettersOf: (id) => deadLettersOfEvent(store, id),
    find: (id) => findEntry(store, id),
    entries: (selection) => entriesIn(store, selection),
    replayable: () => replayable(store),
    countReplayable: (lane, time, { when, normalization }) => {
      const normalizer = createNormalizer({ name: '', version: '' }, normalization);
      return countReplayable(store, {
        lane,
        time,
        when: when === undefined ? undefined : normalizer.when(when, () => {}),
      });
    },
    tail: (from, maxBytes) => tailOf(store, from, maxBytes),
    isHeld: () => isHeld(folder),
    ask: (question, limitMs) => askOwner(folder, question, limitMs),
    close: () => store.close(),
  };
}
