/** What the checkpoints of a source say of server time before anything is asked. Pure. */
import type { Checkpoint, ClockPair } from '../../journal/checkpoint.ts';

/** The server's clock beside this host's, as of the last commit of either feed. */
export function clockPairIn(checkpoints: readonly Checkpoint[]): ClockPair | undefined {
  const pairs = checkpoints.flatMap(({ clock }) => clock ?? []);
  return pairs.toSorted((a, b) => b.serverSeconds - a.serverSeconds)[0];
}

/** How far either feed has ever taken server time to have come, in seconds. */
export function reachedIn(checkpoints: readonly Checkpoint[]): number | undefined {
  const reached = checkpoints.flatMap(({ done, passes }) =>
    [done.at(-1)?.to, passes.overlap, passes.sweep].filter((seconds) => seconds !== undefined),
  );
  return reached.length === 0 ? undefined : Math.max(...reached);
}
