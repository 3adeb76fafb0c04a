/** How much of the journal some lane has not passed: running bytes at each partition's end, against those where each lane stands. */
import type { Client } from '../client/client.ts';
import type { PartitionOffset } from '../group/coordinator.ts';
import { endsOf, recordFrom } from '../lane/log-ends.ts';
import { bytesBefore } from '../record/entries-record.ts';
import { type HeldBytes, heldOf, type PartitionBytes } from './cut.ts';

export interface MeasureOrder {
  readonly client: Client;
  /** Of the entries. */
  readonly topic: string;
  readonly partitions: number;
  readonly lanes: readonly string[];
  /** A lane's committed offsets; none where it has not begun. */
  readonly committed: (lane: string) => Promise<readonly PartitionOffset[]>;
}

/** Bytes of records, as they are sent. @throws ClientError, RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
export async function measureHeld(order: MeasureOrder): Promise<HeldBytes> {
  const { client, topic, partitions, lanes } = order;
  const offsets = await Promise.all(lanes.map(async (lane) => [lane, await order.committed(lane)] as const));
  const measured: PartitionBytes[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const at = { topic, partition };
    const { ends, last } = await endsOf(client, at);
    if (last === undefined) continue;
    const standing: [string, number][] = [];
    for (const [lane, all] of offsets) {
      const offset = all.find((one) => one.partition === partition)?.offset ?? ends.low;
      const from = leastUpFrom(offset, ends.low);
      const record = from > last.offset ? undefined : await recordFrom(client, at, from);
      standing.push([lane, record === undefined ? last.bytes : bytesBefore(record)]);
    }
    const first = await recordFrom(client, at, ends.low);
    const start = first === undefined ? last.bytes : bytesBefore(first);
    measured.push({ start, end: last.bytes, lanes: Object.fromEntries(standing) });
  }
  return heldOf(measured);
}

/** `Math.max` of offsets. */
function leastUpFrom(offset: bigint, low: bigint): bigint {
  if (offset > low) return offset;
  return low;
}
