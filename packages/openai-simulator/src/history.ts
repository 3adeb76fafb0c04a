/** What the simulator remembers of its own answers, as far as later ones depend on it. */

const secondMs = 1_000;

/** Grows by the ends of the pages that were handed out while cursors expire, and by nothing else. */
export class History {
  readonly #handedOutMs: Map<string, number> = new Map();
  #admittedMs: readonly number[] = [];

  /** False when `limit` requests were already admitted within the second before `nowMs`; else this one is. */
  admits(limit: number, nowMs: number): boolean {
    this.#admittedMs = this.#admittedMs.filter((admittedMs) => admittedMs > nowMs - secondMs);
    if (this.#admittedMs.length >= limit) return false;
    this.#admittedMs = [...this.#admittedMs, nowMs];
    return true;
  }

  /** Notes the ends of a page: what a client may come back with as a cursor. */
  handOut(ids: readonly (string | undefined)[], nowMs: number): void {
    for (const id of ids) if (id !== undefined) this.#handedOutMs.set(id, nowMs);
  }

  /** Milliseconds since `id` was last handed out; 0 for one that never was. */
  ageMs(id: string, nowMs: number): number {
    return nowMs - (this.#handedOutMs.get(id) ?? nowMs);
  }
}
