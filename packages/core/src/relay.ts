/**
 * The whole path on one screen, in the order of the data: source → journal → lanes. Read from here.
 *
 * Why a crash cannot lose anything: a window's entries and its checkpoint are one commit, so what
 * is not in the journal is not marked as read; a lane's cursor passes only what is settled.
 */

import type { Journal } from './journal/journal.ts';
import { openJournal } from './journal/open.ts';
import { type Lane, openLane } from './lane/lane.ts';
import { createRenderer } from './normalize/renderer.ts';
import type { Relay, RelayOptions } from './options.ts';
import { openSource, type Source } from './source/source.ts';
import type { RelayStatus } from './status.ts';

/**
 * Opens the journal, then the lanes, then the sources, and runs until `drain`.
 * @throws RelayError when the journal is refused (`JOURNAL_*`, `SOURCE_RENAMED`) or a sink's own
 *   `open` throws; after that no peer's fault ends it.
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const journal = await openJournal(options.journal, options.runtime);
  try {
    // Every cursor is committed before the first poll: no entry can leave unseen by a new lane.
    const starts = await journal.configure({
      sources: Object.keys(options.sources),
      lanes: Object.entries(options.sinks).map(([name, { lane }]) => ({ name, startFrom: lane.start_from })),
    });
    const lanes = await openLanes(options, journal, starts);
    const sources = openSources(options, journal);
    return new RunningRelay(options, journal, lanes, sources);
  } catch (error) {
    await journal.close();
    throw error;
  }
}
