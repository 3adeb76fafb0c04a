/** What became of each event of one batch, gathered request by request, and the answer that it makes. */
import type { Failure, SendResult } from '@audit-relay/sink';

export class Settlement {
  readonly #count: number;
  readonly #failures = new Map<number, Failure>();
  readonly #stored = new Set<number>();

  /** @param count events in the batch. */
  constructor(count: number) {
    this.#count = count;
  }

  get hasStored(): boolean {
    return this.#stored.size > 0;
  }

  store(indexes: readonly number[]): void {
    for (const index of indexes) this.#stored.add(index);
  }

  fail(indexes: readonly number[], failure: Failure): void {
    for (const index of indexes) this.#failures.set(index, failure);
  }

  /** What is neither stored nor failed gets `rest`. */
  result(rest: Failure): SendResult {
    for (let index = 0; index < this.#count; index += 1) {
      if (!this.#stored.has(index) && !this.#failures.has(index)) this.#failures.set(index, rest);
    }
    if (this.#failures.size === 0) return { kind: 'acked' };
    const failures = [...this.#failures].sort(([a], [b]) => a - b).map(([index, failure]) => ({ index, failure }));
    const [first] = failures;
    const isOne = first !== undefined && failures.every(({ failure }) => isSame(failure, first.failure));
    // Each of several that are rejected is known to be to blame; as one answer it would not be.
    const isNamed = this.#count > 1 && first?.failure.kind === 'rejected';
    if (this.#stored.size === 0 && isOne && !isNamed) return first.failure;
    return { kind: 'partial', acked: this.#stored.size, failures };
  }
}

function isSame(a: Failure, b: Failure): boolean {
  return a.kind === b.kind && a.reason === b.reason && whyOf(a) === whyOf(b);
}

function whyOf(failure: Failure): string | undefined {
  return failure.kind === 'retryable' ? failure.why : undefined;
}
