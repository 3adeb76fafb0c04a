/** Records of one transaction, cut into requests: each has one batch at most for a partition, of a size that the topic takes. */

export interface JournalRecord {
  readonly key: Buffer | null;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordsOf {
  readonly topic: string;
  readonly partition: number;
  /** In the order in which they are to stand. */
  readonly records: readonly JournalRecord[];
}

/** What a record takes beside its key, value and headers, and a batch beside its records, at most (kafka.apache.org/documentation, Record Batch). */
const RECORD_BYTES = 64;
const BATCH_BYTES = 128;
/** kafkajs 2.2.4 reads a batch with one call that has each record as an argument: of some 120,000 on it cannot be read again. */
const MAX_BATCH_RECORDS = 10_000;

/** The rounds, one request to each leader after another. A record that is too large alone goes alone: the broker refuses it. */
export function inRounds(parts: readonly RecordsOf[], maxBatchBytes: number): readonly (readonly RecordsOf[])[] {
  const cut = parts.filter(({ records }) => records.length > 0).map((part) => inBatches(part, maxBatchBytes));
  const rounds = Math.max(0, ...cut.map((batches) => batches.length));
  return Array.from({ length: rounds }, (_, at) => cut.flatMap((batches) => batches[at] ?? []));
}

export function bytesOf({ key, value, headers = {} }: JournalRecord): number {
  const ofHeaders = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + 10,
    0,
  );
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders;
}

function inBatches({ topic, partition, records }: RecordsOf, maxBatchBytes: number): readonly RecordsOf[] {
  const batches: JournalRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const more = bytesOf(record);
    const last = batches.at(-1);
    const isFull = bytes + more > maxBatchBytes - BATCH_BYTES || last?.length === MAX_BATCH_RECORDS;
    if (last === undefined || isFull) {
      batches.push([record]);
      bytes = more;
    } else {
      last.push(record);
      bytes += more;
    }
  }
  return batches.map((batch) => ({ topic, partition, records: batch }));
}
