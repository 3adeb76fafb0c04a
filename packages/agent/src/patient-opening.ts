/**
 * The start of a relay on a disk that is full, over its quota, read-only or unwell, or on a journal whose peer is away: what may pass
 * by itself is waited for, with the port open, so that nobody has to start the agent again.
 */
import type { Log } from '@audit-relay/core';
import { systemRuntime } from './runtime.ts';
import { codeOf, messageOf } from './stopping.ts';

/** How often it is tried again, in milliseconds. */
const RETRY_MS = 5_000;

export interface Patience {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** With the reason, each time that it does not open. */
  onRefused(problem: string): Promise<void>;
}

/** What may pass by itself. */
const PASSING: readonly string[] = ['JOURNAL_DISK', 'JOURNAL_PEER'];

/** @throws what `open` throws, but for those; the signal's reason when it fires while waiting */
export async function openPatiently<T>(open: () => Promise<T>, { signal, log, onRefused }: Patience): Promise<T> {
  const { sleep } = systemRuntime(log);
  let said: string | undefined;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !PASSING.includes(code)) throw error;
      const problem = messageOf(error);
      await onRefused(problem);
      if (problem !== said) log('error', code, `${problem}. The agent waits, and goes on by itself`);
      said = problem;
    }
    await sleep(RETRY_MS, signal);
  }
}
