/** The first step of a lane: takes entries from the journal, a portion at a time. */
import type { JournaledEntry, LaneJournal } from '../../journal/journal.ts';
import type { Held } from '../held.ts';
import type { Progress } from '../settle/progress.ts';

/** Raw text read at a time, in bytes: about 1,500 events, and at most two portions are ahead of the batches. */
const PORTION_BYTES = 2 ** 20;
/**
 * So many of them are filtered and rendered in one turn of the event loop, in some milliseconds. Were it all of a
 * portion, answers of the API and of peers would wait for a tenth of a second, over and over, while a backlog is read.
 */
const ENTRIES_A_TURN = 100;

/** Entries in journal order until a drain begins; waits while the lane is `max_ahead` past its cursor. */
export async function* readEntries(
  journal: Pick<LaneJournal, 'read'>,
  progress: Progress,
  draining: AbortSignal,
): AsyncGenerator<readonly Held[]> {
  try {
    for (;;) {
      await progress.room(draining);
      const portion = await journal.read(PORTION_BYTES, draining);
      progress.arrived(portion.length);
      yield* inParts(portion, progress, draining);
    }
  } catch (error) {
    if (!draining.aborted) throw error;
  }
}

/** Each as large as the lane has room for and one turn bears. */
async function* inParts(
  portion: readonly JournaledEntry[],
  progress: Progress,
  draining: AbortSignal,
): AsyncGenerator<readonly Held[]> {
  for (let at = 0; at < portion.length; ) {
    if (at > 0) await othersHaveTheirTurn();
    const room = await progress.room(draining);
    const part = portion.slice(at, at + Math.min(room, ENTRIES_A_TURN));
    at += part.length;
    yield part.map((entry) => progress.take(entry));
  }
}

/** What has come in meanwhile is seen to first. */
function othersHaveTheirTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
