/** The `stdout` sink: one document a line to the process's own standard output, for pipes and containers. */
import type { Writable } from 'node:stream';
import type { Batch, Check, SendCall, SendResult, Sink, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

/** It has no keys of its own. */
export type StdoutConfig = Readonly<Record<string, never>>;

/** A reader that pauses, as `less` does, is waited for: a line that was handed over cannot be taken back. */
const SEND_MS = 3_600_000;

/** The plugin for any stream, so that it can be tested on another than this process's own. */
export function lineSink(stream: () => Writable): SinkPlugin<StdoutConfig> {
  return {
    type: 'stdout',
    configSchema: z.strictObject({}),
    limits: () => ({
      maxEvents: 1_000,
      maxBytes: 4 * 2 ** 20,
      maxEventBytes: 4 * 2 ** 20,
      maxInFlight: 1,
      sendMs: SEND_MS,
    }),
    open: async () => new StdoutSink(stream()),
  };
}

/** Acks when the operating system has taken the lines. A crash before that sends them again: it cannot look. */
export const stdoutSink: SinkPlugin<StdoutConfig> = lineSink(() => process.stdout);

class StdoutSink implements Sink {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Without a listener a closed pipe would end the process; the callback of `write` tells us all the same.
    stream.on('error', ignore);
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    const lines = batch.envelopes.map(({ json }) => `${json}\n`).join('');
    const error = await new Promise<Error | null | undefined>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#stream.write(lines, (written) => {
        signal.removeEventListener('abort', onAbort);
        resolve(written);
      });
    });
    return error ? failureOf(error) : { kind: 'acked' };
  }

  async check(): Promise<readonly Check[]> {
    const name = 'standard output';
    if (this.#stream.writable) return [{ name, verdict: 'ok', detail: 'open' }];
    return [{ name, verdict: 'fail', detail: 'closed', fix: 'Start audit-relay with its output attached.' }];
  }

  /** The stream is the process's own and stays open. */
  async close(): Promise<void> {
    this.#stream.off('error', ignore);
  }
}

function ignore(): void {}

function failureOf(error: Error): SendResult {
  const code = 'code' in error ? String(error.code) : error.name;
  if (code !== 'EPIPE' && !code.startsWith('ERR_STREAM')) {
    return { kind: 'retryable', why: 'unanswered', reason: `standard output: ${code}` };
  }
  const reason = `nobody reads standard output any more (${code}): start audit-relay again with its output attached`;
  return { kind: 'blocked', reason };
}
