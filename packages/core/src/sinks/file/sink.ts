/** The `file` sink at work: a batch is lines that are on disk, whole, before it is acked. */
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Batch, Check, Envelope, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import type { FileConfig } from './config.ts';
import { heldIds } from './held-ids.ts';
import { filesOf, LineFile, setAside, TornWriteError } from './line-file.ts';

/** What only the operator can mend, by the error's code. Everything else, a full disk above all, may pass. */
const FIXES: Readonly<Record<string, string>> = {
  EACCES: 'give the process the right to write there',
  EPERM: 'give the process the right to write there',
  EROFS: 'the file system is read-only: mount it for writing or choose another path',
  EISDIR: 'the path is a folder: name a file',
  ENOENT: 'create the folder, or mount the volume',
  ENOTDIR: 'part of the path is a file: choose another path',
  ELOOP: 'the path is a circle of links: choose another path',
  ENAMETOOLONG: 'choose a shorter name',
};

export class FileSink implements Sink {
  readonly #config: FileConfig;
  readonly #context: SinkContext;
  #file: LineFile | undefined;
  /** Ids of the newest lines. Undefined while nothing is sent again, so that it costs nothing then. */
  #held: Set<string> | undefined;

  constructor(config: FileConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    try {
      const missing = batch.replay ? await this.#missing(batch.envelopes) : batch.envelopes;
      if (!batch.replay) this.#held = undefined;
      signal.throwIfAborted();
      if (missing.length > 0) await this.#write(missing);
      return { kind: 'acked' };
    } catch (error) {
      signal.throwIfAborted();
      await this.close();
      return failureOf(error, this.#config.path);
    }
  }

  /** Those that no file holds yet. The first look reads the newest lines; later ones remember. */
  async #missing(envelopes: readonly Envelope[]): Promise<readonly Envelope[]> {
    // Opening cuts off a torn line, which must not be taken for a whole one.
    await this.#inPlace();
    this.#held ??= new Set(await heldIds(await filesOf(this.#config.path)));
    const held = this.#held;
    const missing = envelopes.filter(({ id }) => !held.has(id));
    const duplicates = envelopes.length - missing.length;
    if (duplicates > 0) this.#context.count('duplicate', duplicates);
    return missing;
  }

  async #write(envelopes: readonly Envelope[]): Promise<void> {
    const lines = envelopes.map(({ json }) => `${json}\n`).join('');
    const file = await this.#withRoomFor(Buffer.byteLength(lines));
    await file.append(lines);
    for (const { id } of envelopes) this.#held?.add(id);
  }

  async #withRoomFor(bytes: number): Promise<LineFile> {
    const { path, max_bytes = Number.POSITIVE_INFINITY } = this.#config;
    const file = await this.#inPlace();
    if (file.bytes === 0 || file.bytes + bytes <= max_bytes) return file;
    await this.#release();
    await setAside(path);
    return this.#inPlace();
  }

  /** The open file, opened anew if someone has moved or removed it. */
  async #inPlace(): Promise<LineFile> {
    if (this.#file !== undefined && !(await this.#file.isInPlace())) await this.#release();
    this.#file ??= await LineFile.open(this.#config.path);
    return this.#file;
  }

  async check(): Promise<readonly Check[]> {
    const { path } = this.#config;
    const name = 'write access';
    try {
      await access(dirname(path), constants.W_OK | constants.X_OK);
      await access(path, constants.W_OK).catch(unlessMissing);
      return [{ name, verdict: 'ok', detail: path }];
    } catch (error) {
      const code = codeOf(error);
      return [
        { name, verdict: 'fail', detail: `${path}: ${code}`, fix: FIXES[code] ?? 'see whether the disk is well' },
      ];
    }
  }

  async close(): Promise<void> {
    this.#held = undefined;
    await this.#release();
  }

  async #release(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function failureOf(error: unknown, path: string): SendResult {
  if (error instanceof TornWriteError) {
    return { kind: 'retryable', why: 'unanswered', reason: `${path}: ${error.message} (${codeOf(error.cause)})` };
  }
  const code = codeOf(error);
  const fix = FIXES[code];
  if (fix !== undefined) return { kind: 'blocked', reason: `${path}: ${code}: ${fix}` };
  return { kind: 'retryable', why: 'failed', reason: `${path}: ${code}` };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
