/** Counts what was asked and answered, for tests that want to know how a collector behaves. */
import type { Feed } from './feed.ts';
import type { FaultKind } from './knobs.ts';

/** What `GET /simulator/stats` answers. */
export interface Stats {
  /** One row for each combination that occurred. */
  readonly requests: readonly RequestCount[];
  /** Events that have happened, those that are not shown yet among them. */
  readonly events: Readonly<Record<Feed, number>>;
  /** How many requests met which fault of a plan; those that none met are absent. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}

/** How often one kind of request got one kind of answer. */
export interface RequestCount {
  /** The route, or `other`. */
  readonly path: string;
  /** Null where a request is for no feed. */
  readonly feed: Feed | null;
  readonly status: number;
  readonly count: number;
}

/** Grows with the number of combinations, not of requests. */
export class RequestCounts {
  readonly #counts: Map<string, RequestCount> = new Map();
  readonly #faults: Map<FaultKind, number> = new Map();

  add(path: string, feed: Feed | null, status: number): void {
    const key = `${path} ${feed} ${status}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { path, feed, status, count });
  }

  addFault(kind: FaultKind): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  faults(): Stats['faults'] {
    return Object.fromEntries(this.#faults);
  }

  rows(): readonly RequestCount[] {
    return [...this.#counts.values()];
  }
}
