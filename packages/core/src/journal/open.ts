/**
 * The embedded journal, put together: folder → ownership → store → writer, and on top of them the
 * sources' way in and the lanes' way out. `relay.ts` opens it first and closes it last.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Bell } from '../bell.ts';
import type { RelayError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { Ballast } from './ballast.ts';
import { adoptOrigin, type Origin } from './binding.ts';
import { ChunkReader } from './chunk-reader.ts';
import type { JournalConfig } from './config.ts';
import { configureJournal } from './configure.ts';
import { EmbeddedDeadLetters } from './dead-letter-store.ts';
import { checkFolder, closedAtOf, markClosed, markReady, prepareFolder } from './folder.ts';
import { folderRefusal } from './folder-refusal.ts';
import type { Journal, JournalConfiguration, JournalStats, LaneJournal, LaneStart, SourceJournal } from './journal.ts';
import { EmbeddedLaneJournal } from './lane-journal.ts';
import type { DeadLetters } from './letter.ts';
import { migrate } from './migrate.ts';
import { claim, type Ownership } from './ownership.ts';
import type { JournalParts } from './parts.ts';
import type { Answering } from './questions.ts';
import type { Replays } from './replay.ts';
import { EmbeddedReplays } from './replay-store.ts';
import { identityOf, markRestored } from './restore.ts';
import { Room } from './room.ts';
import { SeenIds } from './seen-ids.ts';
import { EmbeddedSourceJournal } from './source-journal.ts';
import { statsOf } from './stats.ts';
import { openStore, type Store, stateOf } from './store.ts';
import { takeOver } from './take-over.ts';
import { verifyFile, verifyValues } from './verify.ts';
import { Writer } from './writer.ts';

/**
 * Opens the journal in `config.path`, or makes a new one.
 * @throws RelayError `JOURNAL_HELD`, `JOURNAL_NEWER`, `JOURNAL_DAMAGED`, `JOURNAL_EMPTY`,
 *   `JOURNAL_MISSING`, `JOURNAL_FOREIGN`, `JOURNAL_FOLDER`, `JOURNAL_PATH_TOO_LONG`.
 */
export async function openJournal(config: JournalConfig, runtime: Runtime): Promise<Journal> {
  const folder = { ...config, path: resolve(config.path) };
  try {
    checkFolder(folder);
    makeFolder(folder.path);
    return await openClaimed(folder, runtime);
  } catch (error) {
    throw folderRefusal(folder.path, error) ?? error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Node says ENOENT of a file system that can only be read: what its parent says is the cause.
    if (Object(error).code === 'ENOENT') accessSync(nearestFolder(path), constants.W_OK);
    throw error;
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function openClaimed(folder: JournalConfig, runtime: Runtime): Promise<Journal> {
  const ownership = await claim(folder.path);
  try {
    return await openOwned(ownership, folder, runtime);
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

/** What was there is looked at again: until the folder was claimed, another process could change it. */
async function openOwned(ownership: Ownership, config: JournalConfig, runtime: Runtime): Promise<Journal> {
  const found = prepareFolder(config);
  if (found === 'existing') await migrate(config.path, runtime);
  const sizes = found === 'existing' ? await verifyFile(config.path) : undefined;
  const lost = new AbortController();
  const onDamage = (error: RelayError): void => {
    if (!lost.signal.aborted) runtime.log('error', error.code, error.message);
    lost.abort(error);
  };
  // Before LMDB opens it for writing.
  const file = identityOf(config.path);
  const store = openStore({ path: config.path, mode: 'write', onDamage });
  try {
    if (sizes !== undefined) await verifyValues(store, sizes);
    // Before the folder is touched: its times are compared.
    const closedAt = found === 'existing' ? closedAtOf(config.path) : undefined;
    const { owner, isRestored } = takeOver(store, { folder: found, file, closedAt, maxBytes: config.max_bytes });
    markReady(config.path);
    if (found === 'new') logCreated(runtime, config.path);
    if (isRestored) logRestored(runtime, config.path);
    return new EmbeddedJournal(ownership, partsOf({ store, owner, config, runtime, lost }), lost.signal);
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EmbeddedJournal implements Journal {
  readonly #ownership: Ownership;
  readonly #parts: JournalParts;
  readonly deadLetters: DeadLetters;
  readonly replays: Replays;
  readonly lost: AbortSignal;

  constructor(ownership: Ownership, parts: JournalParts, lost: AbortSignal) {
    this.#ownership = ownership;
    this.#parts = parts;
    this.lost = lost;
    this.deadLetters = new EmbeddedDeadLetters(parts);
    this.replays = new EmbeddedReplays(parts);
  }

  async configure(configuration: JournalConfiguration): Promise<Readonly<Record<string, LaneStart>>> {
    const { writer, store } = this.#parts;
    return writer.run('reserve', () => configureJournal(store, configuration));
  }

  adopt(sources: Readonly<Record<string, Origin>>): Promise<void> {
    const { writer, store } = this.#parts;
    const write = (): void => {
      for (const [name, origin] of Object.entries(sources)) adoptOrigin(store, name, origin);
    };
    return writer.run('reserve', () => ({ write, value: undefined }));
  }

  markRestored(): Promise<void> {
    const { writer, store } = this.#parts;
    const write = (): void => {
      store.meta.put('state', markRestored(store, stateOf(store)));
    };
    return writer.run('reserve', () => ({ write, value: undefined }));
  }

  source(name: string): SourceJournal {
    return new EmbeddedSourceJournal(this.#parts, name);
  }

  lane(name: string): LaneJournal {
    return new EmbeddedLaneJournal(this.#parts, name);
  }

  answerWith(answering: Answering): void {
    this.#ownership.answerWith(answering);
  }

  stats(): JournalStats {
    return statsOf(this.#parts.store, this.#parts.room.fullBecauseOf);
  }

  async close(): Promise<void> {
    try {
      await this.#parts.writer.close();
    } finally {
      await this.#release();
    }
  }

  async #release(): Promise<void> {
    const { store, folder } = this.#parts;
    try {
      await store.close();
      if (!this.lost.aborted) noteClosed(folder);
    } finally {
      await this.#ownership.release();
    }
  }
}

interface Opened {
  readonly store: Store;
  readonly owner: string;
  readonly config: JournalConfig;
  readonly runtime: Runtime;
  readonly lost: AbortController;
}

function partsOf({ store, owner, config, runtime, lost }: Opened): JournalParts {
  const room = new Room(store, config, runtime);
  const seen = new SeenIds(store);
  const reader = new ChunkReader(store);
  const onEnd = (end: 'committed' | 'undone'): void => {
    if (end === 'undone') {
      // First: what was undone must not be taken for known, whatever else fails.
      seen.drop();
      reader.drop();
    }
    room.measure();
    if (end === 'committed') room.warn();
  };
  const writer = new Writer({ store, owner, ballast: new Ballast(config.path), runtime, onEnd, lost });
  return { folder: config.path, store, writer, room, seen, reader, runtime, arrived: new Bell() };
}

function noteClosed(folder: string): void {
  try {
    markClosed(folder, identityOf(folder).changed);
  } catch {
    // On a full disk: the next start takes it for a journal that was not closed in peace, which is as good.
  }
}

function logRestored(runtime: Runtime, path: string): void {
  const what =
    'it is another file than at the last start, or was changed since: an older copy, or a journal that was moved';
  const so = 'what it holds and what happened before now goes out as replay';
  runtime.log('warn', 'JOURNAL_RESTORED', `the journal in ${path} is a copy (${what}); ${so}`, { path });
}

function logCreated(runtime: Runtime, path: string): void {
  const unread = 'events from before now are not read unless backfill_start_time says so';
  runtime.log('info', 'JOURNAL_CREATED', `a new journal in ${path}: ${unread}`, { path });
}
