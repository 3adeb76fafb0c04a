/** How the made-up cluster takes records. */
import type { Connection, ProduceAct, ProduceSeen } from './cluster-state.ts';
import { type RecordBatch, readBatch } from './record-batch.ts';
import { type Reader, Writer } from './wire.ts';

/** `NOT_LEADER_OR_FOLLOWER`, `INVALID_RECORD`. */
const NOT_LEADER = 6;
const NO_RECORDS = 87;

export function produce(reader: Reader, connection: Connection): Writer | 'silence' | 'close' {
  const { cluster, node } = connection;
  const seen = read(reader, node);
  const isEmpty = [...seen.batches.values()].every(({ records }) => records.length === 0);
  if (!isEmpty) cluster.produces.push(seen);
  const act = cluster.act(seen);
  const writer = new Writer();
  writer.list([cluster.topic], (topic) => {
    writer.string(topic);
    const settled = [...seen.batches].map(
      ([partition, batch]) => [partition, ...settle(connection, { partition, batch, act })] as const,
    );
    const named = settled.filter(([partition]) => act.unnamed?.includes(partition) !== true);
    writer.list(named, ([partition, code, baseOffset]) => {
      writer.int32(partition).int16(code).int64(baseOffset).int64(-1n).int64(0n);
    });
  });
  return act.instead ?? writer.int32(act.throttleMs ?? 0);
}

interface Taken {
  readonly partition: number;
  readonly batch: RecordBatch;
  readonly act: ProduceAct;
}

/** Code and offset of what comes; a batch of any code may be stored all the same. */
function settle({ cluster, node }: Connection, { partition, batch, act }: Taken): readonly [number, bigint] {
  const own = cluster.leaders[partition] === node ? 0 : NOT_LEADER;
  const code = act.codes?.[partition] ?? (batch.records.length === 0 ? NO_RECORDS : own);
  const offset = cluster.held.filter((held) => held.partition === partition).length;
  const isStored = act.isStored ?? (code === 0 && act.baseOffsets?.[partition] === undefined);
  if (isStored) {
    cluster.held.push(...batch.records.map((record, index) => ({ ...record, partition, offset: offset + index })));
  }
  return [code, act.baseOffsets?.[partition] ?? (code === 0 ? BigInt(offset) : -1n)];
}

function read(reader: Reader, node: number): ProduceSeen {
  reader.string(); // transactional id
  const acks = reader.int16();
  const timeoutMs = reader.int32();
  const topics = reader.list(() => {
    reader.string();
    return reader.list(() => [reader.int32(), readBatch(reader.bytes())] as const);
  });
  return { node, acks, timeoutMs, batches: new Map(topics.flat()) };
}
