/** How the process ends: by a signal, or at once by a second one. By an error that nobody caught: `uncaught.ts`. */
import { type Log, RelayError, stdoutSink } from '@audit-relay/core';
import type { AgentConfig } from './config/schema.ts';
import { EXIT } from './process-io.ts';

/** A wish to stop, from outside the process. */
export interface StopSignal {
  /** Fires at the first SIGTERM or SIGINT; the second ends the process at once with 1. */
  readonly signal: AbortSignal;
  /** As such a signal does, under this name. */
  stop(name: NodeJS.Signals): void;
  /** From now on signals end the process as they would any other. */
  release(): void;
}

/** Listens from now on, so that a signal during a long start is kept for later and not lost. */
export function stopSignal(log: Log): StopSignal {
  const stopping = new AbortController();
  const listener = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      log(
        'warn',
        'STOPPED_AT_ONCE',
        `${name} again: ended at once; what was on its way goes out again after the next start`,
      );
      process.exit(EXIT.failed);
    }
    stopping.abort(new RelayError('STOPPED', `stopped by ${name}`));
  };
  process.on('SIGTERM', listener).on('SIGINT', listener);
  return {
    signal: stopping.signal,
    stop: listener,
    release: () => {
      process.off('SIGTERM', listener).off('SIGINT', listener);
    },
  };
}

/** Resolves when `signal` has fired. */
function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What is stopped: the agent as its end sees it. */
export interface Stoppable {
  readonly relay: { readonly lost: AbortSignal };
  stop(graceMs: number): Promise<void>;
}

/** Waits for whichever comes first. @throws RelayError `JOURNAL_LOST` when the relay can write no more. */
export async function untilStopped(agent: Stoppable, signal: AbortSignal): Promise<void> {
  const { lost } = agent.relay;
  await fired(AbortSignal.any([signal, lost]));
  if (!lost.aborted) return;
  // Nothing that is on its way can be settled, and the other process sends it as well.
  // A disk that refuses may fail the stop as well: what was lost is what is to be said.
  await agent.stop(0).catch(() => undefined);
  throw lost.reason;
}

/**
 * Starts an agent, and again each time the disk makes it give its journal up, until `signal` fires.
 * @returns the one that runs then. @throws what `start` or the relay's loss throws, but for `JOURNAL_DISK`
 */
export async function keptRunning<T extends Stoppable>(
  start: () => Promise<T>,
  signal: AbortSignal,
  log: Log,
): Promise<T> {
  for (;;) {
    const agent = await start();
    try {
      await untilStopped(agent, signal);
      return agent;
    } catch (error) {
      if (codeOf(error) !== 'JOURNAL_DISK') throw error;
      log('error', 'JOURNAL_DISK', `${messageOf(error)}. The agent opens it anew, and goes on by itself`);
    }
  }
}

/** Stops `agent`, with a line before and after. */
export async function drain(agent: Stoppable, graceMs: number, log: Log): Promise<void> {
  log('info', 'DRAINING', `draining for at most ${graceMs / 1_000} s; a second signal ends it at once`);
  await agent.stop(graceMs);
  log('info', 'STOPPED', 'stopped; everything that was read is in the journal');
}

/** Nobody reads stdout any more, and nothing else is to be written: no reason to run, and none to complain. */
export interface Unread {
  readonly signal: AbortSignal;
  /** `log`, which falls silent when the signal fires. */
  readonly log: Log;
}

/** Fires when the reader of stdout has gone away, where that is the only sink. */
export function unread(config: Pick<AgentConfig, 'sinks'>, log: Log): Unread {
  const sinks = Object.values(config.sinks);
  const isOnly = sinks.length === 1 && sinks[0]?.plugin === stdoutSink;
  const ending = new AbortController();
  return {
    signal: ending.signal,
    log: (...line) => {
      const [, code] = line;
      if (isOnly && code === 'STDOUT_CLOSED') ending.abort();
      if (!ending.signal.aborted) log(...line);
    },
  };
}

/** The stable code of an error of ours, whichever copy of the core made it. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The words of an error, or of whatever else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
