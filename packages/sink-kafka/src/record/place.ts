/** Puts records into partitions: by their key, or, where they have none, some at a time into one after another. */
import type { Partition } from '../client/port.ts';
import { partitionOf } from './partition.ts';
import type { Outgoing } from './record.ts';
import type { Placed } from './rounds.ts';

/** Bytes of records without a key that go to one partition before the next is taken: few batches, evenly spread. */
const STICKY_BYTES = 65_536;

export class Placer {
  #turn = 0;
  #bytes = 0;

  /** @param partitions all of the topic; those without a leader get no record that may stand elsewhere. */
  place(list: readonly Outgoing[], partitions: readonly Partition[]): readonly Placed[] {
    const count = partitions.length;
    const open = partitions.filter(({ leader }) => leader !== undefined);
    const anywhere = open.length === 0 ? partitions : open;
    return list.map((outgoing) => {
      const { key } = outgoing.record;
      const partition = key === null ? this.#next(outgoing.bytes, anywhere) : partitionOf(key, count);
      return { outgoing, partition };
    });
  }

  #next(bytes: number, among: readonly Partition[]): number {
    if (this.#bytes > 0 && this.#bytes + bytes > STICKY_BYTES) {
      this.#turn += 1;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return among[this.#turn % among.length]?.id ?? 0;
  }
}
