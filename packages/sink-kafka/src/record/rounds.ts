/**
 * Which records go out together: of each partition never more than one batch may hold. Brokers judge the size of a batch,
 * not of a record, and Kafka's client for Node.js would put all that it is given into one.
 */
import type { Outgoing } from './record.ts';

/** What one request carries: the records of each partition, in the batch's order. */
export type Round = ReadonlyMap<number, readonly Outgoing[]>;

/** Of a batch itself: offsets, epochs, checksum, producer and sequence (61), and the length of what compression adds to noise. */
export const BATCH_BYTES = 512;

export interface Placed {
  readonly outgoing: Outgoing;
  readonly partition: number;
}

/**
 * As few rounds as there must be. A record that is larger than `maxBytes` alone stands alone: compressed it may fit, and
 * what the broker says is then about this one.
 */
export function roundsOf(placed: readonly Placed[], maxBytes: number): readonly Round[] {
  const rounds: Map<number, Outgoing[]>[] = [];
  const open = new Map<number, { round: number; bytes: number }>();
  for (const { outgoing, partition } of placed) {
    const last = open.get(partition);
    const fits = last !== undefined && last.bytes + outgoing.bytes <= maxBytes;
    const at = fits ? last : { round: (last?.round ?? -1) + 1, bytes: BATCH_BYTES };
    at.bytes += outgoing.bytes;
    open.set(partition, at);
    const round = rounds[at.round] ?? new Map<number, Outgoing[]>();
    rounds[at.round] = round;
    const together = round.get(partition);
    if (together === undefined) round.set(partition, [outgoing]);
    else together.push(outgoing);
  }
  return rounds;
}
