/** What the simulator's own truth demands of a relay: which events must be journaled, and which may be. */
import type { Feed, TruthRow } from '@audit-relay/openai-simulator';
import type { ChaosWorld } from './world.ts';

/** Seconds since the epoch. */
export type FeedStarts = Readonly<Record<Feed, number>>;

export interface DueRow extends TruthRow {
  readonly id: string;
}

/** Events after the start of their feed; without those that the source was told, in some life, not to ask for. */
export function dueRows(world: ChaosWorld, starts: FeedStarts): readonly DueRow[] {
  return askedRows(world, starts).filter((row) => !world.isUnasked(row));
}

/** The same with them. */
export function askedRows({ parts }: ChaosWorld, starts: FeedStarts): readonly DueRow[] {
  return [...parts.simulator.truth()].flatMap((row) =>
    row.id === null || row.effectiveAt < starts[row.feed] ? [] : [{ ...row, id: row.id }],
  );
}

/** Records without an id, after the start of their feed. */
export function namelessCount({ parts }: ChaosWorld, starts: FeedStarts): number {
  return [...parts.simulator.truth()].filter(({ id, feed, effectiveAt }) => id === null && effectiveAt >= starts[feed])
    .length;
}
