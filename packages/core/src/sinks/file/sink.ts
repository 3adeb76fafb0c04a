/**
 * The `file` sink at work: a batch is lines that are on disk, whole, and ids that the index holds, before it is acked.
 * Whatever is sent, for the first time or again, is looked for first.
 */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Batch, Check, Envelope, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { type CaughtUp, catchUp } from './catch-up.ts';
import type { FileConfig } from './config.ts';
import { codeOf, failureOf, fixOf } from './failures.ts';
import { IdIndex, indexOf, isIndexDamage } from './id-index.ts';
import { type Found, filesOf, find, LineFile, setAside } from './line-file.ts';

/** How long one `send` reads lines that the index does not know, in milliseconds: of its 60 s. */
const READ_MS = 20_000;

const FOREIGN = 'another process writes to this file: give each agent and each sink a path of its own';

/** A file that is open for writing, and whose every line the index knows. */
interface Open {
  readonly file: LineFile;
  readonly index: IdIndex;
}

type Sleep = (ms: number, signal: AbortSignal) => Promise<undefined>;

const sleepFor: Sleep = (ms, signal) => setTimeout(ms, undefined, { signal });

export class FileSink implements Sink {
  readonly #config: FileConfig;
  readonly #context: SinkContext;
  readonly #sleep: Sleep;
  #index: IdIndex | undefined;
  #file: LineFile | undefined;
  #isIndexKnown = false;
  /** Of the index, while it is looked through. */
  #opening: Promise<IdIndex> | undefined;
  /** What somebody else has done to the file, as it was seen last. */
  #foreign: string | undefined;
  #hasSaidGone = false;

  /** @param sleep resolves after so many milliseconds, and rejects when the signal fires; another one in tests */
  constructor(config: FileConfig, context: SinkContext, sleep: Sleep = sleepFor) {
    this.#sleep = sleep;
    this.#config = config;
    this.#context = context;
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    const { path } = this.#config;
    try {
      const foreign = await this.#isForeign();
      if (foreign !== undefined) return { kind: 'blocked', reason: `${path}: ${foreign}` };
      const open = await this.#opened(signal);
      if (typeof open === 'string') return { kind: 'retryable', why: 'failed', reason: open, retryAfterMs: 1 };
      const missing = this.#missing(open.index, batch);
      signal.throwIfAborted();
      if (missing.length > 0) await this.#write(open, missing, signal);
      return { kind: 'acked' };
    } catch (error) {
      // The next look at it is a close one again, and what is damaged begins anew.
      if (isIndexDamage(error)) this.#isIndexKnown = false;
      await this.close();
      signal.throwIfAborted();
      return failureOf(error, path);
    }
  }

  /**
   * Why the file may not be written to now: another process writes there, as only its writing tells. When it has
   * written nothing between two looks it is taken to be gone, and what it wrote is read.
   */
  async #isForeign(): Promise<string | undefined> {
    const [file, index] = [this.#file, this.#index];
    if (file === undefined || index === undefined) return undefined;
    const there = await find(this.#config.path);
    const change = index.isOurs() ? changeOf(file, there) : 'foreign';
    const seen = change === 'foreign' ? JSON.stringify([there, index.owner]) : undefined;
    const isQuiet = seen === this.#foreign;
    this.#foreign = isQuiet ? undefined : seen;
    if (seen !== undefined && !isQuiet) return FOREIGN;
    // What is there now is opened and read as after a start.
    if (change !== 'none') await this.close();
    return undefined;
  }

  /** Undefined when looking through it takes longer than a send may wait: it goes on meanwhile, and the next one finds it further. */
  async #openIndex(path: string, signal: AbortSignal): Promise<IdIndex | undefined> {
    const onDamage = (): void => this.#context.log('FILE_INDEX_DAMAGED', { path, index: indexOf(path) });
    this.#opening ??= IdIndex.open(indexOf(path), { isKnown: this.#isIndexKnown, onDamage });
    const opening = this.#opening;
    const done = new AbortController();
    const over = this.#sleep(READ_MS, AbortSignal.any([signal, done.signal]));
    try {
      const index = await Promise.race([opening, over]);
      if (index === undefined) return undefined;
      this.#isIndexKnown = true;
      this.#opening = undefined;
      return index;
    } finally {
      done.abort();
      over.catch(() => undefined);
    }
  }

  /** Opened if need be; in words how far it is while the index lacks what the files hold. */
  async #opened(signal: AbortSignal): Promise<Open | string> {
    const { path } = this.#config;
    // Before anything is made beside it.
    await find(path);
    const index = this.#index ?? (await this.#openIndex(path, signal));
    if (index === undefined) return `${indexOf(path)}: looking through the ids`;
    this.#index = index;
    const untilMs = this.#context.elapsedMs() + READ_MS;
    const isOver = (): boolean => this.#context.elapsedMs() >= untilMs;
    while (this.#file === undefined) {
      const caughtUp = await catchUp(path, index, { isOver, signal });
      if (caughtUp.leftBytes > 0) return progressOf(path, caughtUp);
      if (caughtUp.isGone) {
        index.noteLinesGone();
        this.#sayGone(index);
      }
      this.#file = await this.#openFile(index, caughtUp.inodes);
    }
    return { file: this.#file, index };
  }

  /** Undefined when it has grown since it was read. */
  async #openFile(index: IdIndex, inodes: ReadonlySet<string>): Promise<LineFile | undefined> {
    const file = await LineFile.open(this.#config.path);
    const known = inodes.has(file.inode) ? (index.bytesOf(file.inode) ?? 0) : 0;
    if (known < file.bytes) {
      await file.close();
      return undefined;
    }
    index.writeTo(file.inode, file.bytes, inodes);
    return file;
  }

  /** Those that were never written. What the journal sends for the first time was written for an older journal. */
  #missing(index: IdIndex, { envelopes, replay }: Batch): readonly Envelope[] {
    const seen = new Set<string>();
    const missing = envelopes.filter(({ id }) => {
      if (seen.has(id) || index.has(id)) return false;
      seen.add(id);
      return true;
    });
    const duplicates = envelopes.length - missing.length;
    if (duplicates === 0) return missing;
    this.#context.count('duplicate', duplicates);
    if (!replay && index.lacksLines) {
      this.#context.count('not_written_again', duplicates);
      if (!this.#hasSaidGone) this.#sayGone(index);
    }
    return missing;
  }

  /** A crash between the two leaves lines that the index does not know: the next start reads them. */
  async #write(open: Open, envelopes: readonly Envelope[], signal: AbortSignal): Promise<void> {
    const lines = envelopes.map(({ json }) => `${json}\n`).join('');
    const { file, index } = await this.#withRoomFor(Buffer.byteLength(lines), open, signal);
    await file.append(lines);
    index.add({ ids: envelopes.map(({ id }) => id), inode: file.inode, bytes: file.bytes });
  }

  async #withRoomFor(bytes: number, open: Open, signal: AbortSignal): Promise<Open> {
    const { path, max_bytes = Number.POSITIVE_INFINITY } = this.#config;
    if (open.file.bytes === 0 || open.file.bytes + bytes <= max_bytes) return open;
    this.#file = undefined;
    await open.file.close();
    await setAside(path);
    const anew = await this.#opened(signal);
    if (typeof anew === 'string') throw new Error(anew);
    return anew;
  }

  /** The events of lines that are gone are not written again: who wants that has to remove the index as well. */
  #sayGone(index: IdIndex): void {
    const { path } = this.#config;
    this.#hasSaidGone = true;
    this.#context.log('FILE_GONE', { path, index: indexOf(path), ids: index.size }, 'warn');
  }

  async check(): Promise<readonly Check[]> {
    const { path } = this.#config;
    const name = 'write access';
    try {
      await find(path);
      await access(dirname(path), constants.W_OK | constants.X_OK);
      await access(path, constants.W_OK).catch(unlessMissing);
      return [{ name, verdict: 'ok', detail: path }, ...(await linesCheck(path))];
    } catch (error) {
      const fix = fixOf(error) ?? 'see whether the disk is well';
      return [{ name, verdict: 'fail', detail: `${path}: ${codeOf(error)}`, fix }];
    }
  }

  async close(): Promise<void> {
    const [file, index, opening] = [this.#file, this.#index, this.#opening];
    this.#file = undefined;
    this.#index = undefined;
    this.#opening = undefined;
    try {
      await file?.close();
    } finally {
      await index?.close();
      // Not waited for: it is looked through for as long as that takes.
      opening?.then((late) => (late === index ? undefined : late.close())).catch(() => undefined);
    }
  }
}

/** `moved`: away, or the file was cut; what was written here before stands elsewhere. */
function changeOf(file: LineFile, there: Found | undefined): 'none' | 'moved' | 'foreign' {
  if (there === undefined) return 'moved';
  if (there.inode !== file.inode) return there.bytes === 0 ? 'moved' : 'foreign';
  if (there.bytes > file.bytes) return 'foreign';
  return there.bytes < file.bytes ? 'moved' : 'none';
}

/** By the looks of the folder alone: to open the index would take it from the agent that runs. */
async function linesCheck(path: string): Promise<readonly Check[]> {
  const files = await Promise.all((await filesOf(path)).map((each) => stat(each).catch(() => undefined)));
  const index = await stat(indexOf(path)).catch(() => undefined);
  if (index === undefined || files.some((file) => file !== undefined && file.size > 0)) return [];
  const detail = `no line is there, and ${indexOf(path)} remembers what was written: none of that is written again`;
  const fix = `nothing, if the lines were moved away; else stop the agent, remove ${indexOf(path)}, and run audit-relay backfill --again`;
  return [{ name: 'lines', verdict: 'warn', detail, fix }];
}

function progressOf(path: string, { leftBytes, wholeBytes }: CaughtUp): string {
  const percent = Math.floor(((wholeBytes - leftBytes) / wholeBytes) * 100);
  return `${path}: reading the file's ids: ${percent} %`;
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
