/**
 * Backfill: what lies unread between the feed's start and live polling, after a first start with a
 * past or after a pause, and what somebody asked for. Several windows at once, the oldest first; one
 * that cannot be read is gone round, and comes again when all behind it has been tried.
 */

import type { Span } from '../../journal/checkpoint.ts';
import { Signal } from '../../signal.ts';
import { MOST_CONCURRENT } from '../api/concurrency-limit.ts';
import type { RequestScheduler } from '../api/request-scheduler.ts';
import { gapsIn, withSpan } from '../coverage/spans.ts';
import { type Todo, todoOf } from '../coverage/transitions.ts';
import { type Loop, type LoopParts, readOrWait } from './loop.ts';
import { Pieces } from './pieces.ts';

const SAME_GAP_WAIT_MS = 60_000;

export interface BackfillParts extends LoopParts {
  readonly scheduler: Pick<RequestScheduler, 'backfillLimit' | 'raised'>;
}

export class Backfill {
  readonly #parts: BackfillParts;
  readonly #pieces: Pieces;
  /** Windows that a worker is reading. */
  readonly #claimed = new Set<Span>();
  readonly #found = new Signal();
  #isWatched = false;
  /** Windows that could not be read in this round. */
  #avoided: readonly Span[] = [];

  constructor(parts: BackfillParts) {
    this.#parts = parts;
    this.#pieces = new Pieces(parts.provenance.dialect);
  }

  /**
   * As many as there may ever be requests at once; of each a loop calls `once` for ever. One for the older dialect, in
   * which two would ask for the same pages.
   */
  workers(): readonly Loop[] {
    const length = this.#parts.provenance.dialect === 'organization_logs' ? 1 : MOST_CONCURRENT;
    return Array.from({ length }, (_, worker) => ({
      once: (signal: AbortSignal) => this.#once(worker, signal),
    }));
  }

  /** One window; waits for progress elsewhere when there is none, or no request to send for this worker. */
  async #once(worker: number, signal: AbortSignal): Promise<void> {
    const { scheduler } = this.#parts;
    if (worker >= scheduler.backfillLimit) return scheduler.raised.wait(signal);
    const window = this.#next();
    if (window === undefined) return this.#rest(signal);
    this.#claimed.add(window);
    // There may be more than one window of it.
    this.#found.notify();
    try {
      await this.#read(window, signal);
    } finally {
      this.#claimed.delete(window);
    }
  }

  /** Until there may be work. One worker looks at every poll; the others wait for its word. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#isWatched) return this.#found.wait(signal);
    this.#isWatched = true;
    try {
      await this.#parts.progress.wait(signal);
    } finally {
      this.#isWatched = false;
    }
  }

  async #read({ again, ...window }: Todo, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    const task = { window, purpose: 'backfill' as const, ...(again ? { again } : {}) };
    const result = await readOrWait(this.#parts, task, signal);
    this.#pieces.learn(window, result);
    if (result.kind === 'stuck') this.#avoided = withSpan(this.#avoided, window);
    if (result.kind !== 'read') return;
    // Only a server whose clock went back leaves a gap as it was though it has been read.
    const isSame = this.#todo().some(({ from, to }) => from <= window.from && window.from < to);
    if (isSame) await runtime.sleep(SAME_GAP_WAIT_MS, signal);
  }

  /** The oldest piece that nobody reads and that has not been tried in this round. */
  #next(): Todo | undefined {
    const todo = this.#todo();
    if (todo.length === 0) this.#parts.health.readAgain('backfill');
    const next = this.#free(todo, [...this.#claimed, ...this.#avoided]);
    if (next !== undefined || this.#claimed.size > 0) return next;
    this.#avoided = [];
    return this.#free(todo, []);
  }

  #free(todo: readonly Todo[], taken: readonly Span[]): Todo | undefined {
    const spans = taken.reduce<readonly Span[]>(withSpan, []);
    for (const { again, ...span } of todo) {
      const [free] = gapsIn(span, spans);
      if (free !== undefined) return { ...this.#pieces.of(free), again };
    }
    return undefined;
  }

  #todo(): readonly Todo[] {
    return todoOf(this.#parts.journal.known);
  }
}
