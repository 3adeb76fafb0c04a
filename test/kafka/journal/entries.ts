/** The entries of a journal's topic as a reader of committed transactions finds them, by the records' own words and without the journal. */
import { decodeChunk } from '@audit-relay/core/journal';
import type { KafkaJournalConfig } from '@audit-relay/journal-kafka';
import { readToEnd } from '../../../packages/journal-kafka/dist/client/committed.js';
import { openClient } from '../../../packages/journal-kafka/dist/open.js';
import { readEntriesRecord } from '../../../packages/journal-kafka/dist/record/entries-record.js';
import { NEVER, testRuntime } from './collect.ts';

export interface StandingEntry {
  readonly partition: number;
  readonly source: string;
  readonly id: string;
}

/** Each partition in its order. @throws Error where entries are not numbered without a gap, or bytes do not grow. */
export async function standingEntries(config: KafkaJournalConfig): Promise<readonly StandingEntry[]> {
  const client = openClient(config, testRuntime());
  const found: StandingEntry[] = [];
  try {
    for (let partition = 0; partition < config.partitions; partition += 1) {
      let last = { number: 0, bytes: 0 };
      const place = { topic: `${config.topic_prefix}.entries`, partition };
      await readToEnd({ client, place, signal: NEVER }, (record) => {
        const { first, count, bytes, source, chunk } = readEntriesRecord(record);
        if (first !== last.number + 1 || bytes <= last.bytes) throw new Error(`entry ${first} follows ${last.number}`);
        last = { number: first + count - 1, bytes };
        found.push(...decodeChunk(chunk).map(({ id }) => ({ partition, source, id })));
      });
    }
  } finally {
    client.destroy();
  }
  return found;
}
