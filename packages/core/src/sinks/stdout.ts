/** The `stdout` sink: one document a line to the process's own standard output, for pipes and containers. */
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Batch, Check, Envelope, SendCall, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';
import { descriptorOutput, type LineOutput, streamOutput } from './line-output.ts';

/** It has no keys of its own. */
export type StdoutConfig = Readonly<Record<string, never>>;

/** A reader that pauses, as `less` does, is waited for: a line that was handed over cannot be taken back. */
const SEND_MS = 3_600_000;

/** For the page of the configuration. */
const SAID =
  'One document a line. It cannot look at what it wrote: after a crash or a lost journal events come again, with the same ids.';

/** The plugin for any output, so that it can be tested on another than this process's own. */
export function lineSink(output: () => LineOutput): SinkPlugin<StdoutConfig> {
  return {
    type: 'stdout',
    configSchema: z.strictObject({}).describe(SAID),
    limits: () => ({
      maxEvents: 1_000,
      maxBytes: 4 * 2 ** 20,
      maxEventBytes: 4 * 2 ** 20,
      maxInFlight: 1,
      sendMs: SEND_MS,
    }),
    open: async (_, context) => new StdoutSink(output(), context),
  };
}

/**
 * Acks when the operating system has taken the lines. It cannot look at what it wrote, so a crash before the ack, or
 * a journal restored from an older copy, sends events again.
 */
export const stdoutSink: SinkPlugin<StdoutConfig> = lineSink(() => outputOf(process.stdout, 1));

/** Node writes to a file, or a device that is no terminal, as much as fits and says nothing of the rest. */
function outputOf(stream: Writable & { readonly isTTY?: boolean }, descriptor: number): LineOutput {
  const stats = fstatSync(descriptor);
  const isPlain = stats.isFile() || (stats.isCharacterDevice() && stream.isTTY !== true);
  return isPlain ? descriptorOutput(descriptor) : streamOutput(stream);
}

/** A line of which the end is still to be written, before anything else. */
interface Torn {
  readonly id: string;
  readonly rest: Buffer;
}

/** One line of a send; `index` is its place in the batch, absent for the rest of an event that is in another. */
interface Piece {
  readonly id: string;
  readonly index?: number;
  readonly bytes: Buffer;
}

class StdoutSink implements Sink {
  readonly #output: LineOutput;
  readonly #context: SinkContext;
  #torn: Torn | undefined;
  /** Events whose torn line was finished before they were sent again. */
  readonly #finished = new Set<string>();
  #saidClosed = false;
  /** An earlier process may have been killed within a line: what comes then is a line of its own all the same. */
  #hasBegun = false;

  constructor(output: LineOutput, context: SinkContext) {
    this.#output = output;
    this.#context = context;
  }

  async send({ envelopes, replay }: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    if (!this.#hasBegun && (this.#output.isMidLine() ?? replay)) this.#torn = { id: '', rest: Buffer.from('\n') };
    this.#hasBegun = true;
    const pieces = this.#piecesOf(envelopes);
    const { taken, error } = await this.#output.write(Buffer.concat(pieces.map(({ bytes }) => bytes)), signal);
    if (error === undefined) {
      for (const { id, index } of pieces) if (index === undefined) this.#finished.add(id);
      this.#torn = undefined;
      return { kind: 'acked' };
    }
    if (isClosed(error)) return this.#closed(error);
    if (taken === undefined) return { kind: 'retryable', why: 'unanswered', reason: reasonOf(error) };
    return this.#settle(pieces, taken, { batch: envelopes.length, reason: reasonOf(error) });
  }

  async check(): Promise<readonly Check[]> {
    const name = 'standard output';
    if (this.#output.isOpen()) return [{ name, verdict: 'ok', detail: 'open' }];
    return [{ name, verdict: 'fail', detail: 'closed', fix: 'Start audit-relay with its output attached.' }];
  }

  /** The output is the process's own and stays open. */
  async close(): Promise<void> {
    this.#output.release();
  }

  /** What is torn comes first: only then is what stands there whole lines again. */
  #piecesOf(envelopes: readonly Envelope[]): readonly Piece[] {
    const torn = this.#torn;
    const pieces = envelopes.flatMap(({ id, json }, index): Piece[] => {
      if (id === torn?.id || this.#finished.delete(id)) return [];
      return [{ id, index, bytes: Buffer.from(`${json}\n`) }];
    });
    if (torn === undefined) return pieces;
    const index = envelopes.findIndex(({ id }) => id === torn.id);
    return [{ id: torn.id, bytes: torn.rest, ...(index < 0 ? {} : { index }) }, ...pieces];
  }

  /** `taken` bytes are there: whole lines are delivered, the rest of a torn one is kept. */
  #settle(
    pieces: readonly Piece[],
    taken: number,
    { batch, reason }: { readonly batch: number; readonly reason: string },
  ): SendResult {
    let left = taken;
    const missing: Piece[] = [];
    for (const piece of pieces) {
      if (left >= piece.bytes.length) {
        if (piece.index === undefined) this.#finished.add(piece.id);
        if (piece.id === this.#torn?.id) this.#torn = undefined;
      } else {
        if (left > 0) this.#torn = { id: piece.id, rest: piece.bytes.subarray(left) };
        missing.push(piece);
      }
      left = Math.max(0, left - piece.bytes.length);
    }
    const failure = { kind: 'retryable', why: 'failed', reason } as const;
    const failures = missing.flatMap(({ index }) => (index === undefined ? [] : [{ index, failure }]));
    if (failures.length === batch) return failure;
    return { kind: 'partial', acked: batch - failures.length, failures };
  }

  #closed(error: Error): SendResult {
    if (!this.#saidClosed) this.#context.log('STDOUT_CLOSED', {});
    this.#saidClosed = true;
    const fix = 'start audit-relay again with its output attached';
    return { kind: 'blocked', reason: `nobody reads standard output any more (${codeOf(error)}): ${fix}` };
  }
}

function isClosed(error: Error): boolean {
  return codeOf(error) === 'EPIPE' || codeOf(error).startsWith('ERR_STREAM');
}

function reasonOf(error: Error): string {
  return `standard output: ${codeOf(error)}`;
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}
