/**
 * A person's word about a journal that nobody has open: that sources read the log whose progress stands in it, or that it
 * is an older copy.
 */
import type { JournalConfig } from './journal/config.ts';
import { openJournal } from './journal/open.ts';
import type { Runtime } from './runtime.ts';
import type { SourceConfig } from './source/config.ts';
import { originOf } from './source/origin.ts';

export interface AdoptOptions {
  readonly journal: JournalConfig;
  /** By name, as they are configured now. */
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly runtime: Runtime;
}

/**
 * From now on these sources go on from the checkpoints of their names, whatever they have read before.
 * @throws RelayError `JOURNAL_HELD` while an agent runs, and what else refuses a journal.
 */
export async function adoptSources({ journal: config, sources, runtime }: AdoptOptions): Promise<void> {
  const journal = await openJournal({ ...config, create: 'never' }, runtime);
  try {
    await journal.adopt(Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, originOf(source)])));
  } finally {
    await journal.close();
  }
}

/**
 * From now on what the journal holds, and what is read of the past, goes out as replay.
 * @throws as `adoptSources` does.
 */
export async function markRestored(config: JournalConfig, runtime: Runtime): Promise<void> {
  const journal = await openJournal({ ...config, create: 'never' }, runtime);
  try {
    await journal.markRestored();
  } finally {
    await journal.close();
  }
}
