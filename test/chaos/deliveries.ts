/** What one peer got, in the order in which it came: of each copy when, in which life, and whether the relay could know that it is there. */

export interface Delivery {
  readonly id: string;
  /** By this process's monotonic clock, in milliseconds. */
  readonly atMs: number;
  readonly life: number;
  /** Its request met a fault: the relay may not have heard that it is stored. */
  readonly isDisturbed: boolean;
}

/** Of what a peer holds, a copy counting again; none of it ever leaves. */
export interface HeldIds {
  readonly length: number;
  at(index: number): string;
}

export class Deliveries {
  readonly list: Delivery[] = [];
  readonly #ids = new Set<string>();
  readonly #held: () => HeldIds;
  readonly #life: () => number;

  constructor(held: () => HeldIds, life: () => number) {
    this.#held = held;
    this.#life = life;
  }

  has(id: string): boolean {
    // Splunk indexes what it has taken at a time of its own.
    this.look(true);
    return this.#ids.has(id);
  }

  /** Looks what has come since. */
  look(isDisturbed: boolean): void {
    const held = this.#held();
    for (let index = this.list.length; index < held.length; index += 1) {
      const id = held.at(index);
      this.list.push({ id, atMs: performance.now(), life: this.#life(), isDisturbed });
      this.#ids.add(id);
    }
  }
}
