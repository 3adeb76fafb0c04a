/** Keeps a line of the log that would come with every batch down to one in a while. */
import type { SinkContext } from '@audit-relay/sink';

const INTERVAL_MS = 300_000;

/** One for a sink. A line is known by its code alone: the fields of those that are left out are not shown. */
export class LogThrottle {
  readonly #context: Pick<SinkContext, 'elapsedMs' | 'log'>;
  readonly #lastMs = new Map<string, number>();

  constructor(context: Pick<SinkContext, 'elapsedMs' | 'log'>) {
    this.#context = context;
  }

  /** Logs unless the same code was logged within the last five minutes. */
  log(code: string, fields: object, level?: 'info' | 'warn'): void {
    const nowMs = this.#context.elapsedMs();
    const lastMs = this.#lastMs.get(code);
    if (lastMs !== undefined && nowMs - lastMs < INTERVAL_MS) return;
    this.#lastMs.set(code, nowMs);
    this.#context.log(code, fields, ...(level === undefined ? [] : [level]));
  }
}
