/** Single events that wait for their next try without holding up the lane. */

/** Past this the next one keeps its slot, and so the lane waits. */
const PARKED_AT_MOST = 1_000;

export class Parked {
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False when it is full. */
  enter(): boolean {
    if (this.#size >= PARKED_AT_MOST) return false;
    this.#size += 1;
    return true;
  }

  leave(): void {
    this.#size -= 1;
  }
}
