/**
 * The embedded journal, put together: folder → ownership → store → writer, and on top of them the
 * sources' way in and the lanes' way out. `relay.ts` opens it first and closes it last.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RelayError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { Signal } from '../signal.ts';
import { Ballast } from './ballast.ts';
import { adoptOrigin, type Origin } from './binding.ts';
import { ChunkReader } from './chunk-reader.ts';
import type { JournalConfig } from './config.ts';
import { configureJournal, type LateLane, lanesTooLate } from './configure.ts';
import type { ControlHandler } from './control-socket.ts';
import { beforeOf, maySetAside, noteDamage, refuseDamageMet } from './damage/before.ts';
import type { Destination } from './damage/bring-over.ts';
import { setAside } from './damage/set-aside.ts';
import { readStarts, type Starts } from './damage/starts.ts';
import { StartsKeeper } from './damage/starts-keeper.ts';
import { EmbeddedDeadLetters } from './dead-letter-store.ts';
import { keepEvidence } from './evidence.ts';
import { afterOf, checkFolder, closedAtOf, markClosed, markReady, prepareFolder } from './folder.ts';
import { cutOff, diskRefusal, folderRefusal } from './folder-refusal.ts';
import type {
  Journal,
  JournalConfiguration,
  JournalStats,
  LaneJournal,
  LaneStart,
  SourceJournal,
  Unwritable,
} from './journal.ts';
import { EmbeddedLaneJournal } from './lane-journal.ts';
import { migrate } from './migrate.ts';
import { claim, type Ownership } from './ownership.ts';
import type { JournalParts } from './parts.ts';
import type { Replays } from './replay.ts';
import { EmbeddedReplays } from './replay-store.ts';
import { identityOf, markRestored } from './restore.ts';
import { Room } from './room.ts';
import { SeenIds } from './seen-ids.ts';
import { type SourceEvidence, type SourceParts, StoredSourceJournal } from './source-journal.ts';
import { statsOf } from './stats.ts';
import { openStore, type Store, type StoreOptions, stateOf } from './store.ts';
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
    checkUnclaimed(folder);
    makeFolder(folder.path);
    return await openClaimed(folder, runtime);
  } catch (error) {
    const { path } = folder;
    throw (hasBegun(folder) ? diskRefusal(path, error) : undefined) ?? folderRefusal(path, error) ?? error;
  }
}

/** What is here is worth waiting for; of a first start on a disk that takes nothing somebody should hear at once. */
function hasBegun(folder: JournalConfig): boolean {
  try {
    return checkFolder(folder) === 'existing' || afterOf(folder.path) !== undefined;
  } catch {
    return false;
  }
}

/** What may be set aside is looked at again by its owner. */
function checkUnclaimed(config: JournalConfig): void {
  try {
    checkFolder(config);
  } catch (error) {
    if (!maySetAside(config, error)) throw error;
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
  try {
    return await openFound(ownership, config, runtime);
  } catch (error) {
    if (!maySetAside(config, error)) throw error;
    // A newer version's are not set aside either.
    readStarts(config.path);
    const set = setAside(config.path, error, runtime.now());
    logSetAside(runtime, set, error);
    return openFound(ownership, config, runtime);
  }
}

async function openFound(ownership: Ownership, config: JournalConfig, runtime: Runtime): Promise<Journal> {
  const { path } = config;
  const found = prepareFolder(config);
  if (found === 'existing') await migrate(path, runtime);
  if (found === 'existing' && config.on_damage === 'set_aside') refuseDamageMet(path);
  const sizes = found === 'existing' ? await verifyFile(path) : undefined;
  const before = await beforeOf(path, found, runtime);
  const lost = new AbortController();
  // Before LMDB opens it for writing.
  const file = identityOf(path);
  const store = openStore({ path, mode: 'write', ...damageHandlers(config, runtime, lost) });
  try {
    if (sizes !== undefined) await verifyValues(store, sizes);
    // Before the folder is touched: its times are compared.
    const closedAt = found === 'existing' ? closedAtOf(path) : undefined;
    const prepare = (): void => before.prepare(store);
    const { owner, isRestored } = takeOver(store, {
      folder: found,
      file,
      closedAt,
      maxBytes: config.max_bytes,
      prepare,
    });
    const opened = { store, owner, config, runtime, lost, known: before.starts };
    await before.bringOver((unbounded) => destinationOf(partsOf({ ...opened, config: unbounded })), config);
    markReady(path);
    if (found === 'new') logCreated(runtime, path);
    if (isRestored) logRestored(runtime, path);
    return new EmbeddedJournal(ownership, partsOf(opened), lost.signal);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Damage that is met while it is open ends the journal; that of an entry only where the next start may set it aside. */
function damageHandlers(
  { path, on_damage }: JournalConfig,
  { log }: Runtime,
  lost: AbortController,
): Pick<StoreOptions, 'onDamage' | 'onEntryDamage' | 'onCutOff'> {
  const onDamage = (error: RelayError): void => {
    if (!lost.signal.aborted) log('error', error.code, error.message);
    lost.abort(error);
  };
  const onCutOff = (cause: unknown): void => lost.abort(cutOff(path, cause));
  if (on_damage !== 'set_aside') return { onDamage, onCutOff };
  const onEntryDamage = (error: RelayError): void => {
    if (!lost.signal.aborted) noteDamage(path, error.message);
    onDamage(error);
  };
  return { onDamage, onEntryDamage, onCutOff };
}

function destinationOf(parts: JournalParts): Destination {
  return { source: (name) => sourceJournal(parts, name), deadLetters: new EmbeddedDeadLetters(parts) };
}

class EmbeddedJournal implements Journal {
  readonly #ownership: Ownership;
  readonly #parts: JournalParts;
  readonly deadLetters: EmbeddedDeadLetters;
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
    const { writer, store, starts, seen, reader, runtime } = this.#parts;
    for (const late of lanesTooLate(store, configuration.lanes)) logTooLate(runtime, late);
    const value = await writer.run('reserve', () => configureJournal(store, configuration));
    seen.keepOnly(configuration.sources.map(({ name }) => name));
    reader.configure(new Map(configuration.lanes.map(({ name }) => [name, nextOf(store, name)])));
    await starts.keep();
    return value;
  }

  refuse(configuration: JournalConfiguration): void {
    // What it decides would be written by `configure`; here it is thrown away.
    configureJournal(this.#parts.store, configuration);
  }

  async adopt(sources: Readonly<Record<string, Origin>>): Promise<void> {
    const { writer, store, starts } = this.#parts;
    const write = (): void => {
      for (const [name, origin] of Object.entries(sources)) adoptOrigin(store, name, origin);
    };
    await writer.run('reserve', () => ({ write, value: undefined }));
    await starts.keep();
  }

  markRestored(): Promise<void> {
    const { writer, store } = this.#parts;
    const write = (): void => {
      store.meta.put('state', markRestored(store, stateOf(store)));
    };
    return writer.run('reserve', () => ({ write, value: undefined }));
  }

  source(name: string): SourceJournal {
    return sourceJournal(this.#parts, name);
  }

  lane(name: string): LaneJournal {
    this.deadLetters.beginLane(name);
    return new EmbeddedLaneJournal(this.#parts, name);
  }

  answerWith(answering: ControlHandler): void {
    this.#ownership.answerWith(answering);
  }

  get unwritable(): Unwritable | undefined {
    return this.#parts.writer.unwritable;
  }

  stats(): JournalStats {
    const { store, folder, room, writer } = this.#parts;
    return statsOf(store, folder, { fullBecauseOf: room.fullBecauseOf, unwritable: writer.unwritable });
  }

  async close(): Promise<void> {
    try {
      await this.#parts.writer.close();
    } finally {
      await this.#release();
    }
  }

  async #release(): Promise<void> {
    const { store, folder, starts } = this.#parts;
    try {
      if (!this.lost.aborted) starts.close();
      await store.close();
      if (!this.lost.aborted) noteClosed(folder);
    } finally {
      await this.#ownership.release();
    }
  }
}

function sourceJournal(parts: JournalParts, name: string): SourceJournal {
  const keep = (evidence: SourceEvidence): void => {
    const path = keepEvidence(parts.folder, evidence);
    if (path === undefined) return;
    parts.runtime.log('info', 'EVIDENCE_KEPT', `what could not be read is kept in ${path}`, { path });
  };
  const ofSource: SourceParts = { ...parts, keepEvidence: keep };
  return new StoredSourceJournal(ofSource, name);
}

interface Opened {
  readonly store: Store;
  readonly owner: string;
  readonly config: JournalConfig;
  readonly runtime: Runtime;
  readonly lost: AbortController;
  readonly known: Starts | undefined;
}

function partsOf({ store, owner, config, runtime, lost, known }: Opened): JournalParts {
  const room = new Room(store, config, runtime);
  const seen = new SeenIds(store);
  const reader = new ChunkReader(store);
  const starts = new StartsKeeper({ folder: config.path, store, runtime, lost: lost.signal, known });
  const onEnd = (end: 'committed' | 'undone'): void => {
    if (end === 'undone') {
      // First: what was undone must not be taken for known, whatever else fails.
      seen.drop();
      reader.drop();
    }
    room.measure();
    if (end === 'undone') return;
    room.warn();
    starts.note();
  };
  const writer = new Writer({ store, owner, ballast: new Ballast(config.path), runtime, onEnd, lost });
  return { folder: config.path, store, writer, room, seen, reader, starts, runtime, arrived: new Signal() };
}

/** Of a lane that has been configured. */
function nextOf(store: Store, lane: string): number {
  return (store.cursors.get(lane)?.position ?? 0) + 1;
}

function noteClosed(folder: string): void {
  try {
    markClosed(folder, identityOf(folder).changed);
  } catch {
    // On a full disk: the next start takes it for a journal that was not closed cleanly, which is as good.
  }
}

function logSetAside(runtime: Runtime, path: string, { message }: RelayError): void {
  const so = `it stands aside in ${path}, and a new one is begun: no feed begins at "now"`;
  const fix = `look at the disk; \`audit-relay journal export --salvage --journal ${path}\` brings out what can be read; then take that folder away, which ends this alarm`;
  runtime.log('error', 'JOURNAL_SET_ASIDE', `${message}. ${so}. Do: ${fix}`, { path });
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

function logTooLate(runtime: Runtime, { name, fromMs, heldSinceMs }: LateLane): void {
  const from = new Date(fromMs).toISOString();
  const held = heldSinceMs === undefined ? 'now' : new Date(heldSinceMs).toISOString();
  const text = `sink ${name} starts from ${from}, and what was journaled before ${held} has left: it gets what is held; audit-relay backfill --from ${from} --to ${held} --again brings the rest from the API, for every sink`;
  runtime.log('warn', 'LANE_START_GONE', text, { lane: name, from, held });
}
