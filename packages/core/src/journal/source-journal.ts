/**
 * A source's way into the journal: entries that are new, their ids and the checkpoint in one
 * transaction. What is decided is decided inside of it, from what stands there at that moment. The tables may be LMDB's
 * or any others that have their few calls.
 */
import { createHash } from 'node:crypto';
import { type Entry, FEEDS, type Feed } from '../entry.ts';
import { hasCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Signal } from '../signal.ts';
import { type Doubt, decideOrigin, doubtOf, type Judgement, type Origin, witness } from './binding.ts';
import type { Checkpoint } from './checkpoint.ts';
import { encodeChunk, splitIntoChunks } from './chunk.ts';
import type { ChunkReader } from './chunk-reader.ts';
import type { StartsKeeper } from './damage/starts-keeper.ts';
import { type KeptMalformedRecord, type MalformedRecord, malformedRecordId } from './dead-letter.ts';
import type { Evidence } from './evidence.ts';
import type { CommitResult, FeedCommit, SourceJournal, Unwritable } from './journal.ts';
import { restoreSeen, withMarks } from './restore.ts';
import { JournalFull, type Room } from './room.ts';
import { type Fresh, idsHeldFrom, type SeenIds } from './seen-ids.ts';
import { bytesOnDisk, type Store, stateOf } from './store.ts';
import type { StoredRestore } from './stored.ts';
import type { Decision, Writer } from './writer.ts';

const DISK_RETRY_MS = 5000;

interface NewChunk {
  readonly entries: readonly Entry[];
  readonly value: Uint8Array;
}

/** What a commit will write, found out before anything is written. */
interface Plan {
  readonly checkpoint: Checkpoint;
  readonly fresh: Fresh;
  readonly chunks: readonly NewChunk[];
  readonly malformedRecords: ReadonlyMap<string, MalformedRecord>;
  readonly restored: StoredRestore | undefined;
  readonly bytes: number;
}

/** What it stands on. */
export interface SourceParts {
  readonly store: Pick<Store, 'meta' | 'chunks' | 'checkpoints' | 'bindings' | 'seen' | 'malformedRecords'>;
  readonly writer: Pick<Writer, 'run' | 'unwritable'>;
  readonly room: Pick<Room, 'forEntries' | 'apply' | 'wait'>;
  readonly seen: SeenIds;
  readonly reader: Pick<ChunkReader, 'remember'>;
  readonly starts: Pick<StartsKeeper, 'keep'>;
  readonly runtime: Runtime;
  /** Rung when entries were committed. */
  readonly arrived: Pick<Signal, 'notify'>;
  /** Never throws. */
  keepEvidence(evidence: SourceEvidence): void;
}

export interface SourceEvidence extends Evidence {
  readonly source: string;
  /** By this host's clock. */
  readonly atMs: number;
}

export class StoredSourceJournal implements SourceJournal {
  readonly #parts: SourceParts;
  readonly #name: string;

  constructor(parts: SourceParts, name: string) {
    this.#parts = parts;
    this.#name = name;
  }

  checkpoint(feed: Feed): Checkpoint | undefined {
    return this.#parts.store.checkpoints.get([this.#name, feed]);
  }

  /** Every commit is safe when it resolves, `flush` or not: see `store.ts`. */
  async commit(commit: FeedCommit, signal: AbortSignal): Promise<CommitResult> {
    const { writer, room, runtime, arrived, starts } = this.#parts;
    const fields = { source: this.#name, feed: commit.feed, entries: commit.entries.length };
    const space = commit.entries.length + (commit.malformedRecords?.length ?? 0) > 0 ? 'entries' : 'reserve';
    for (;;) {
      signal.throwIfAborted();
      runtime.log('debug', 'JOURNAL_COMMITTING', 'committing a window', fields);
      try {
        const before = this.checkpoint(commit.feed);
        const result = await writer.run(space, () => this.#decide(commit, signal));
        if (isOtherStart(before, this.checkpoint(commit.feed))) await starts.keep();
        runtime.log('debug', 'JOURNAL_COMMITTED', 'a window is committed', fields);
        if (result.journaled.length > 0) arrived.notify();
        return result;
      } catch (error) {
        if (error instanceof JournalFull) await room.wait(error, signal);
        else if (hasCode(error, 'DISK_FULL') || hasCode(error, 'DISK_REFUSES'))
          await runtime.sleep(DISK_RETRY_MS, signal);
        else throw error;
      }
    }
  }

  get unwritable(): Unwritable | undefined {
    return this.#parts.writer.unwritable;
  }

  doubt(origin: Origin): Doubt | undefined {
    return doubtOf(this.#parts.store, this.#name, origin);
  }

  async decideOrigin(origin: Origin, judgement: Judgement): Promise<void> {
    const { store, writer, starts } = this.#parts;
    const write = (): void => decideOrigin(store, this.#name, { origin, judgement });
    await writer.run('reserve', () => ({ write, value: undefined }));
    await starts.keep();
  }

  keepEvidence(evidence: Evidence): void {
    const { runtime } = this.#parts;
    this.#parts.keepEvidence({ ...evidence, source: this.#name, atMs: runtime.now() });
  }

  #decide(commit: FeedCommit, signal: AbortSignal): Decision<CommitResult> {
    signal.throwIfAborted();
    const plan = this.#plan(commit);
    const eviction = this.#parts.room.forEntries(plan.bytes);
    return {
      write: () => {
        this.#parts.room.apply(eviction);
        this.#write(commit.feed, plan);
      },
      value: {
        journaled: plan.fresh.entries,
        duplicates: commit.entries.length - plan.fresh.entries.length,
        malformedRecords: keptOf(this.#name, plan.malformedRecords),
      },
    };
  }

  #plan(commit: FeedCommit): Plan {
    const checkpoint = commit.advance(this.checkpoint(commit.feed));
    const restored = this.#restoreSeen(commit);
    const wanted = commit.again === true ? 'all' : 'unknown';
    const fresh = this.#parts.seen.fresh(this.#name, withMarks(commit.entries, restored, this.#name), wanted);
    const chunks = splitIntoChunks(fresh.entries).map((entries) => ({ entries, value: encodeChunk(entries) }));
    const malformedRecords = this.#newMalformedRecords(commit.malformedRecords ?? []);
    const sizes = [
      ...chunks.map(({ value }) => value.length),
      ...[...fresh.hours.values()].map((ids) => ids.byteLength),
      ...[...malformedRecords.values()].map((malformedRecord) => Buffer.byteLength(JSON.stringify(malformedRecord))),
    ];
    const bytes = sizes.reduce((sum, size) => sum + bytesOnDisk(size), 0);
    return { checkpoint, fresh, chunks, malformedRecords, restored, bytes };
  }

  /** Whichever clock is ahead: too late a time costs replay flags, too early a one doubles. */
  #restoreSeen({ serverSeconds }: FeedCommit): StoredRestore | undefined {
    const { store, runtime } = this.#parts;
    const seconds = serverSeconds === undefined ? undefined : Math.max(serverSeconds, Math.floor(runtime.now() / 1000));
    return restoreSeen(stateOf(store).restored, this.#name, seconds);
  }

  #newMalformedRecords(malformedRecords: readonly MalformedRecord[]): ReadonlyMap<string, MalformedRecord> {
    const keyed = malformedRecords.map((malformedRecord) => [sha256(malformedRecord.raw), malformedRecord] as const);
    return new Map(keyed.filter(([hash]) => this.#parts.store.malformedRecords.get([this.#name, hash]) === undefined));
  }

  #write(feed: Feed, { checkpoint, fresh, chunks, malformedRecords, restored }: Plan): void {
    const { store, seen } = this.#parts;
    const state = stateOf(store);
    if (restored !== state.restored && restored !== undefined) store.meta.put('state', { ...state, restored });
    const first = state.next;
    for (const chunk of chunks) this.#append(chunk);
    seen.remember(this.#name, first, fresh);
    this.#putMalformedRecords(malformedRecords);
    witness(store, this.#name, fresh.entries);
    store.checkpoints.put([this.#name, feed], checkpoint);
    this.#forgetIds();
  }

  #append({ entries, value }: NewChunk): void {
    const { store, reader } = this.#parts;
    const state = stateOf(store);
    const receivedMs = entries.reduce((oldest, entry) => Math.min(oldest, entry.receivedMs), Number.MAX_SAFE_INTEGER);
    store.chunks.put([state.next, state.offset, receivedMs], value);
    reader.remember(state.next, entries);
    const offset = state.offset + bytesOnDisk(value.length);
    store.meta.put('state', { ...state, next: state.next + entries.length, offset });
  }

  #putMalformedRecords(malformedRecords: Plan['malformedRecords']): void {
    if (malformedRecords.size === 0) return;
    const { store } = this.#parts;
    for (const [hash, malformedRecord] of malformedRecords)
      store.malformedRecords.put([this.#name, hash], malformedRecord);
    const state = stateOf(store);
    const count = (state.oddities[this.#name] ?? 0) + malformedRecords.size;
    store.meta.put('state', { ...state, oddities: { ...state.oddities, [this.#name]: count } });
  }

  #forgetIds(): void {
    const { store, seen } = this.#parts;
    const configured = stateOf(store).sources.find(({ name }) => name === this.#name);
    const feeds = configured?.feeds ?? FEEDS;
    const from = idsHeldFrom(store, this.#name, feeds);
    if (!Number.isFinite(from)) return;
    // A feed that was never answered says nothing either of what it will read.
    const speaks = (feed: Feed): boolean => feeds.includes(feed) && this.checkpoint(feed)?.passes.sweep !== undefined;
    const silent = FEEDS.filter((feed) => !speaks(feed));
    const kept = silent.flatMap((feed) => this.checkpoint(feed)?.halfRead ?? []);
    seen.forget(this.#name, from, kept);
  }
}

/** Whether `starts.json` is to say another one. */
function isOtherStart(before: Checkpoint | undefined, now: Checkpoint | undefined): boolean {
  const said = (one: Checkpoint | undefined): string =>
    JSON.stringify([one?.startSeconds, one?.startProvisional, one?.waiting, one?.sawEvent]);
  return said(before) !== said(now);
}

function keptOf(source: string, records: Plan['malformedRecords']): readonly KeptMalformedRecord[] {
  return [...records].map(([hash, record]) => ({ ...record, source, hash, id: malformedRecordId(source, hash) }));
}

/** Of the bytes as the API sent them: a record of the API is well-formed text. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
