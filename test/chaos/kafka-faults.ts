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

/** Batches of several records alone: they come again in smaller ones. */
function tooLarge(seen: ProduceSeen, code: number): ProduceAct | undefined {
  const large = [...seen.batches].filter(([, { records }]) => records.length > 1).map(([partition]) => partition);
  if (large.length === 0) return undefined;
  return { codes: Object.fromEntries(large.map((partition) => [partition, code])) };
}

/** Undefined: this request is answered as usual. */
type KafkaFault = (seen: ProduceSeen, known: KnownOffsets) => ProduceAct | undefined;

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
  'an offset that goes back': (seen, known) => {
    const partitions = known.take(seen);
    if (partitions.length === 0) return undefined;
    return { baseOffsets: Object.fromEntries(partitions.map((partition) => [partition, 0n])) };
  },
  'a throttle': () => ({ throttleMs: 200 }),
  'a corrupt message': (seen) => ({ codes: all(seen, 2) }),
  'the topic is unknown': (seen) => ({ codes: all(seen, 3) }),
  'a message too large': (seen) => tooLarge(seen, 10),
  'a list too large': (seen) => tooLarge(seen, 18),
  'the topic is not allowed': (seen) => ({ codes: all(seen, 29) }),
  'the group is not allowed': (seen) => ({ codes: all(seen, 30) }),
  'the cluster is not allowed': (seen) => ({ codes: all(seen, 31) }),
  'a sequence out of order': (seen) => ({ codes: all(seen, 45) }),
  // It says so of a batch that it has.
  'a sequence twice': (seen) => ({ codes: all(seen, 46), isStored: true }),
  'an old epoch': (seen) => ({ codes: all(seen, 47) }),
  'an unknown producer': (seen) => ({ codes: all(seen, 59) }),
  'a quota': (seen) => ({ codes: all(seen, 89) }),
  'a fenced producer': (seen) => ({ codes: all(seen, 90) }),
};
