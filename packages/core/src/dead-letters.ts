/** Dead letters of a journal that nobody has open: as a running relay changes them, without one. */
import type { JournalConfig } from './journal/config.ts';
import type { DeadLetters } from './journal/letter.ts';
import { openJournal } from './journal/open.ts';
import type { Runtime } from './runtime.ts';

export interface OpenLetters extends Pick<DeadLetters, 'retry' | 'drop'> {
  close(): Promise<void>;
}

/**
 * What is asked to go again goes at the next start.
 * @throws RelayError `JOURNAL_HELD` while an agent runs, and what else refuses a journal.
 */
export async function openLetters(config: JournalConfig, runtime: Runtime): Promise<OpenLetters> {
  const journal = await openJournal({ ...config, create: 'never' }, runtime);
  const { deadLetters } = journal;
  return {
    retry: (keys) => deadLetters.retry(keys),
    drop: (keys) => deadLetters.drop(keys),
    close: () => journal.close(),
  };
}
