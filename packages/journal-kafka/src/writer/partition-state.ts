/** What the journal keeps of one partition: its totals, and each of its sources as it stands in the state's and the ids' topic. */
import { SeenIds } from '@audit-relay/core/journal';
import type { ClientPort } from '../client/client.ts';
import { type Place, readToEnd } from '../client/committed.ts';
import { type PartitionTotals, readTableRecord } from '../record/table-record.ts';
import { SourceStore, type Write } from '../table/source-store.ts';
import type { Names } from '../topics/names.ts';

export interface SourceState {
  readonly store: SourceStore;
  readonly seen: SeenIds;
}

export class PartitionState {
  totals: PartitionTotals = { version: 1, commits: 0, entries: 0, bytes: 0 };
  readonly #sources = new Map<string, SourceState>();

  /** Those of which anything is known. */
  get sources(): ReadonlyMap<string, SourceState> {
    return this.#sources;
  }

  of(source: string): SourceState {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const store = new SourceStore();
    const made = { store, seen: new SeenIds(store) };
    this.#sources.set(source, made);
    return made;
  }

  /** Read, and nothing asked of `seen` yet. */
  load(source: string, write: Write): void {
    this.of(source).store.apply([write]);
  }
}

interface Loading {
  readonly client: ClientPort;
  readonly names: Names;
  readonly partition: number;
  readonly signal: AbortSignal;
  /** As `readToEnd`. */
  readonly onLongWait?: (place: Place) => void;
}

/**
 * As it is committed. Whoever is to write has fenced its last owner before.
 * @param what `state` leaves the ids out, for who only looks.
 * @throws ClientError; RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`; the signal's reason.
 */
export async function loadPartition(
  { client, names, partition, signal, onLongWait }: Loading,
  what: 'all' | 'state' = 'all',
): Promise<PartitionState> {
  const state = new PartitionState();
  for (const topic of what === 'all' ? [names.state, names.ids] : [names.state]) {
    await readToEnd({ client, place: { topic, partition }, signal, onLongWait }, (record) => {
      const read = readTableRecord(record);
      if (read.kind === 'totals') state.totals = read.totals;
      else state.load(read.source, read.write);
    });
  }
  return state;
}
