/**
 * Backfill: what lies unread between the feed's start and live polling, after a first start with a
 * past or after a pause, and what somebody asked for. Several windows at once, the oldest first; one
 * that cannot be read is gone round, and comes again when all behind it has been tried.
 */

import type { Span } from '../../journal/checkpoint.ts';
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
  /** Windows that are being read, with the end of each. */
  readonly #readings = new Map<Span, Promise<void>>();
  readonly #faults: Error[] = [];
  /** Windows that could not be read in this round. */
  #avoided: readonly Span[] = [];

  constructor(parts: BackfillParts) {
    this.#parts = parts;
    this.#pieces = new Pieces(parts.provenance.dialect);
  }

  /**
   * The first looks for work whenever the feed has got anywhere, the second whenever more may be read at once; of each a loop calls
   * `once` for ever. Who reads a window is begun when there is one: were a reader waiting for each request that there may ever be,
   * a quiet source would take 0.3 MB.
   */
  loops(): readonly Loop[] {
    const { scheduler } = this.#parts;
    return [
      { once: (signal) => this.#look(signal) },
      {
        once: async (signal) => {
          await scheduler.raised.wait(signal);
          this.#begin(signal);
        },
      },
    ];
  }

  /** @throws what a reader did that was no fault of the API. */
  async #look(signal: AbortSignal): Promise<void> {
    const [fault] = this.#faults.splice(0);
    if (fault !== undefined) throw fault;
    this.#begin(signal);
    await this.#parts.progress.wait(signal);
  }

  /** Resolves when nothing is read any more, and what was being written is over: by the signal that the loops were given. */
  async ended(): Promise<void> {
    await Promise.all(this.#readings.values());
  }

  /** As many windows as there may be requests at once; one of the older dialect, in which two would ask for the same pages. */
  #begin(signal: AbortSignal): void {
    const most = this.#parts.provenance.dialect === 'organization_logs' ? 1 : this.#parts.scheduler.backfillLimit;
    while (!signal.aborted && this.#readings.size < most) {
      const window = this.#next();
      if (window === undefined) return;
      const reading = Promise.resolve().then(() => this.#reading(window, signal));
      this.#readings.set(window, reading);
    }
  }

  /** One window, and then the next. Never rejects. */
  async #reading(window: Todo, signal: AbortSignal): Promise<void> {
    try {
      await this.#read(window, signal);
      this.#readings.delete(window);
      this.#begin(signal);
    } catch (error) {
      this.#readings.delete(window);
      if (signal.aborted) return;
      // Gone round, as what cannot be read: whoever is done next would take it again at once.
      this.#avoided = withSpan(this.#avoided, window);
      this.#faults.push(error instanceof Error ? error : new Error(String(error)));
      this.#parts.progress.notify();
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
    const next = this.#free(todo, [...this.#readings.keys(), ...this.#avoided]);
    if (next !== undefined || this.#readings.size > 0) return next;
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
