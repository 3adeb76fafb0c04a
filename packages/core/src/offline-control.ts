/** Dead letters and replays of a journal that nobody has open: as a running relay changes them, without one. */
import type { JournalConfig } from './journal/config.ts';
import type { DeadLetters } from './journal/dead-letter.ts';
import { openJournal } from './journal/open.ts';
import type { Runtime } from './runtime.ts';

export interface OfflineControl extends Pick<DeadLetters, 'retry' | 'drop'> {
  /** Ends a lane's replay; resolves with whether there was one. */
  endReplay(lane: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * What is asked to go again goes at the next start.
 * @throws RelayError `JOURNAL_HELD` while an agent runs, and what else refuses a journal.
 */
export async function openOfflineControl(config: JournalConfig, runtime: Runtime): Promise<OfflineControl> {
  const journal = await openJournal({ ...config, create: 'never' }, runtime);
  const { deadLetters, replays } = journal;
  return {
    retry: (keys) => deadLetters.retry(keys),
    drop: (keys) => deadLetters.drop(keys),
    endReplay: (lane) => replays.end(lane),
    close: () => journal.close(),
  };
}
