/** The first step of a lane: takes entries from the journal, a portion at a time. */
import type { LaneJournal } from '../journal/journal.ts';
import type { Held } from './held.ts';
import type { LaneState } from './state.ts';

/** Raw text read at a time, in bytes: about 1,500 events, and at most two portions are ahead of the batches. */
const PORTION_BYTES = 2 ** 20;

/** Entries in journal order until a drain begins; waits while the lane is `max_ahead` past its cursor. */
export async function* readEntries(
  journal: Pick<LaneJournal, 'read'>,
  state: Pick<LaneState, 'progress' | 'draining'>,
): AsyncGenerator<readonly Held[]> {
  const { progress } = state;
  const draining = state.draining.signal;
  try {
    for (;;) {
      await progress.room(draining);
      const portion = await journal.read(PORTION_BYTES, draining);
      progress.arrived(portion.length);
      for (let at = 0; at < portion.length; ) {
        const room = await progress.room(draining);
        const entries = portion.slice(at, at + room);
        at += entries.length;
        yield entries.map((entry) => progress.take(entry));
      }
    }
  } catch (error) {
    if (!draining.aborted) throw error;
  }
}
