/** `configure` over all sources at once: a source that was renamed may live in another partition now. */
import { configureJournal, type JournalConfiguration, type StoredMeta } from '@audit-relay/core/journal';
import { SourceStore, type Write } from '../table/source-store.ts';

/** By name: ours, and as they were read those of others. */
export type Sources = ReadonlyMap<string, SourceStore>;

/** Of each source of which `configure` writes anything, what it writes. */
export type ConfiguredWrites = ReadonlyMap<string, readonly Write[]>;

/** @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED`. */
export function configuredWrites(sources: Sources, configuration: JournalConfiguration): ConfiguredWrites {
  refuseConfiguration(sources, configuration);
  const wanted = new Map(configuration.sources.map((source) => [source.name, source]));
  const names = [...new Set([...sources.keys(), ...wanted.keys()])];
  const all = names.map((name) => [name, writesOf(name, sources.get(name), wanted.get(name))] as const);
  return new Map(all.filter(([, writes]) => writes.length > 0));
}

/**
 * Throws what `configure` would: only by all sources is it known whether one was renamed. Ids say nothing of that and are not looked at.
 * @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED`.
 */
export function refuseConfiguration(sources: Sources, { sources: wanted }: JournalConfiguration): void {
  const all = new SourceStore();
  for (const store of sources.values()) all.apply(progressOf(store));
  const last = [...sources.values()].flatMap((store) => stateIn(store).sources);
  all.apply([{ table: 'meta', key: 'state', value: { ...stateIn(all), sources: last } }]);
  configureJournal(all, { sources: wanted, lanes: [] });
}

/** What `configure` writes of one source, as its store stands now: no other says anything of it. @param wanted undefined: it is left out */
export function writesOf(
  name: string,
  store: SourceStore = new SourceStore(),
  wanted?: JournalConfiguration['sources'][number],
): readonly Write[] {
  const own = new SourceStore();
  own.apply([...progressOf(store), { table: 'meta', key: 'state', value: stateIn(store) }]);
  const { meta, chunks, checkpoints, bindings, cursors } = own;
  // The hours of its ids are read where they are: there may be thousands of them.
  const readable = { meta, chunks, checkpoints, bindings, cursors, seen: store.seen };
  const sources = wanted === undefined ? [] : [wanted];
  const { writes } = own.capture(() => configureJournal(readable, { sources, lanes: [] }).write());
  const value = { ...stateIn(store), sources: sources.map(({ feeds }) => ({ name, feeds })) };
  const state: Write = { table: 'meta', key: 'state', value };
  return [...writes.filter(({ table }) => table !== 'meta'), state].filter((write) => isChange(store, write));
}

function isChange(store: SourceStore, { table, key, value }: Write): boolean {
  return JSON.stringify(store.valueAt(table, key)) !== JSON.stringify(value);
}

/** All that says how far a source was read, and of which log. */
function progressOf(store: SourceStore): readonly Write[] {
  return PROGRESS.flatMap((table) => [...store.rangeOf(table)].map(({ key, value }) => ({ table, key, value })));
}

const PROGRESS = ['checkpoints', 'bindings'] as const;

function stateIn(store: SourceStore = new SourceStore()): StoredMeta {
  const state = store.meta.get('state');
  if (state === undefined) throw new Error('a source has no state');
  return state;
}
