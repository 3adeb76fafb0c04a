/** `configure` over all sources at once: a source that was renamed may live in another partition now. */
import {
  type ConfigurableStore,
  configureJournal,
  type JournalConfiguration,
  type StoredMeta,
} from '@audit-relay/core/journal';
import { KEPT_TABLES, SourceStore, type Write } from '../table/source-store.ts';

/** By name: ours, and as they were read those of others. */
export type Sources = ReadonlyMap<string, SourceStore>;

/** Of a source, what `configure` writes. */
export type ConfiguredWrites = ReadonlyMap<string, readonly Write[]>;

/** @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED`. */
export function configuredWrites(sources: Sources, { sources: wanted }: JournalConfiguration): ConfiguredWrites {
  const all: SourceStore & ConfigurableStore = combinedOf(sources);
  const { writes } = all.capture(() => configureJournal(all, { sources: wanted, lanes: [] }).write());
  const bySource = new Map<string, Write[]>();
  for (const write of writes) {
    if (write.table === 'meta') continue;
    const [source = ''] = typeof write.key === 'string' ? [write.key] : write.key;
    bySource.set(String(source), [...(bySource.get(String(source)) ?? []), write]);
  }
  for (const name of new Set([...sources.keys(), ...wanted.map((one) => one.name)])) {
    const feeds = wanted.find((one) => one.name === name)?.feeds;
    const state = stateIn(sources.get(name));
    const value: StoredMeta = { ...state, sources: feeds === undefined ? [] : [{ name, feeds }] };
    if (JSON.stringify(value.sources) === JSON.stringify(state.sources)) continue;
    bySource.set(name, [...(bySource.get(name) ?? []), { table: 'meta', key: 'state', value }]);
  }
  return bySource;
}

function combinedOf(sources: Sources): SourceStore {
  const all = new SourceStore();
  for (const store of sources.values()) {
    for (const table of KEPT_TABLES) {
      if (table === 'meta') continue;
      for (const { key, value } of store.rangeOf(table)) all.apply([{ table, key, value }]);
    }
  }
  const last = [...sources.values()].flatMap((store) => stateIn(store).sources);
  all.apply([{ table: 'meta', key: 'state', value: { ...stateIn(all), sources: last } }]);
  return all;
}

function stateIn(store: SourceStore = new SourceStore()): StoredMeta {
  const state = store.meta.get('state');
  if (state === undefined) throw new Error('a source has no state');
  return state;
}
