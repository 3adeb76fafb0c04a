/** What brokers answer a request Produce with: codes that pass, with and without the records stored, and answers that are lost. */
import type { ProduceAct, ProduceSeen } from '@audit-relay/sink-kafka/emulator';

function all(seen: ProduceSeen, code: number): Readonly<Record<number, number>> {
  return Object.fromEntries([...seen.batches.keys()].map((partition) => [partition, code]));
}

export const KAFKA_FAULTS: Readonly<Record<string, (seen: ProduceSeen) => ProduceAct>> = {
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
  'an offset that goes back': (seen) => ({
    baseOffsets: Object.fromEntries([...seen.batches.keys()].map((partition) => [partition, 0n])),
  }),
  'a throttle': () => ({ throttleMs: 200 }),
};
