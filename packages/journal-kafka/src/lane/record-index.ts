/** Where in a partition's log an entry stands: of the records that were read and not passed, from an entry's number to an offset. */

export interface IndexedRecord {
  readonly offset: bigint;
  /** Number of its first entry in the partition. */
  readonly first: number;
  readonly count: number;
}

export class RecordIndex {
  readonly #records: IndexedRecord[] = [];
  /** What is to be read when nothing that was read is left. */
  #next: bigint;

  /** @param from the offset at which reading began */
  constructor(from: bigint) {
    this.#next = from;
  }

  /** In ascending order. */
  add(record: IndexedRecord): void {
    this.#records.push(record);
    this.#next = record.offset + 1n;
  }

  /** Of the first record with anything after entry `position`; those before it are forgotten. */
  offsetAfter(position: number): bigint {
    const at = this.#records.findIndex(({ first, count }) => first + count - 1 > position);
    this.#records.splice(0, at < 0 ? this.#records.length : at);
    return this.#records[0]?.offset ?? this.#next;
  }
}
