/**
 * The second alarm: of each partition, where the last records were put. A broker that takes a batch for one that it has
 * already seen says yes, with the offset of the old one, and stores nothing.
 */
export class OffsetWatch {
  readonly #nextByPartition = new Map<number, bigint>();

  /** Whether `count` records can have been stored from `baseOffset` on; if not, what is known of the partition is forgotten. */
  isPlausible(partition: number, baseOffset: bigint, count: number): boolean {
    // Of a batch that is held already some brokers name no offset.
    if (baseOffset < 0n) return true;
    const next = this.#nextByPartition.get(partition);
    if (next !== undefined && baseOffset < next) {
      // It may also be that the topic was made anew: the next yes is believed.
      this.#nextByPartition.delete(partition);
      return false;
    }
    this.#nextByPartition.set(partition, baseOffset + BigInt(count));
    return true;
  }

  /** The partition may be another one of the same number from now on. */
  forget(partition: number): void {
    this.#nextByPartition.delete(partition);
  }
}
