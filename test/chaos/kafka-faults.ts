/** What brokers answer a request Produce with: codes that pass, with and without the records stored, and answers that are lost. */
import type { ProduceAct, ProduceSeen } from '@audit-relay/sink-kafka/emulator';

function all(seen: ProduceSeen, code: number): Readonly<Record<number, number>> {
  return Object.fromEntries([...seen.batches.keys()].map((partition) => [partition, code]));
}

/**
 * Partitions of which the relay knows where its last records were put. Of those alone an offset can go back: a broker names the old
 * offset to a producer whose batch it takes for one that it has, and the new producer that follows is not taken for the old one.
 */
export class KnownOffsets {
  readonly #partitions = new Set<number>();

  note(seen: ProduceSeen, { codes, isStored, instead, unnamed = [], baseOffsets = {} }: ProduceAct): void {
    if (codes !== undefined || isStored === false || instead !== undefined) return;
    const told = [...seen.batches.keys()].filter(
      (partition) => !(unnamed.includes(partition) || partition in baseOffsets),
    );
    for (const partition of told) this.#partitions.add(partition);
  }

  /** Those of the request; they are known no more. */
  take(seen: ProduceSeen): readonly number[] {
    return [...seen.batches.keys()].filter((partition) => this.#partitions.delete(partition));
  }

  /** The relay's process or its sink begins anew, or an answer was lost on the way. */
  forget(): void {
    this.#partitions.clear();
  }
}

type KafkaFault = (seen: ProduceSeen, known: KnownOffsets) => ProduceAct;

export const KAFKA_FAULTS: Readonly<Record<string, KafkaFault>> = {
  'leader not available': (seen) => ({ codes: all(seen, 5) }),
  'not the leader': (seen) => ({ codes: all(seen, 6) }),
  'timed out': (seen) => ({ codes: all(seen, 7) }),
  'timed out though it was stored': (seen) => ({ codes: all(seen, 7), isStored: true }),
  'not enough replicas': (seen) => ({ codes: all(seen, 19) }),
  'not enough replicas after it was stored': (seen) => ({ codes: all(seen, 20), isStored: true }),
  'an error of storage': (seen) => ({ codes: all(seen, 56) }),
  'one partition of several': (seen) => ({ codes: { [[...seen.batches.keys()][0] ?? 0]: 6 } }),
  'one partition is not named': (seen) => ({ unnamed: [...seen.batches.keys()].slice(0, 1) }),
  'stored, and no answer': () => ({ instead: 'silence' }),
  'stored, the connection closed': () => ({ instead: 'close' }),
  'not stored, the connection closed': () => ({ instead: 'close', isStored: false }),
  'an offset that goes back': (seen, known) => ({
    baseOffsets: Object.fromEntries(known.take(seen).map((partition) => [partition, 0n])),
  }),
  'a throttle': () => ({ throttleMs: 200 }),
};
