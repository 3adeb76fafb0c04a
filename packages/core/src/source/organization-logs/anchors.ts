/**
 * Anchors: known events after which reading can go on. The older dialect cannot be asked for a time, so a
 * gap in what was read is reached from an event before it, or else through all of the log that is older.
 * Pure; `ascent.ts` starts from them.
 */
import type { Anchor, Checkpoint } from '../../journal/checkpoint.ts';
import { edgeOf, todoOf } from '../coverage/transitions.ts';
import type { Item } from '../window/record.ts';
import { secondOf } from './listing.ts';

/**
 * The checkpoint with one more anchor, and without those that serve no gap: of each stretch that is unread
 * now, and of the one that a pause would leave, the newest event before it is kept.
 */
export function withAnchor(checkpoint: Checkpoint, added: Anchor): Checkpoint {
  const known = { anchors: [...(checkpoint.anchors ?? []), added] };
  const bounds = [...todoOf(checkpoint).map(({ from }) => from), edgeOf(checkpoint)];
  const kept = bounds.flatMap((bound) => anchorBefore(known, bound) ?? []);
  const anchors = [...new Map(kept.map((anchor) => [anchor.id, anchor])).values()];
  const { anchors: _, ...rest } = checkpoint;
  return anchors.length === 0 ? rest : { ...rest, anchors };
}

/**
 * The newest anchor that happened before `second`, but for those whose ids are `lost`. Not one of that very
 * second: others of its events may stand before it in the log.
 */
export function anchorBefore(
  { anchors = [] }: Pick<Checkpoint, 'anchors'>,
  second: number,
  lost: ReadonlySet<string> = new Set(),
): Anchor | undefined {
  const usable = anchors.filter((anchor) => anchor.second < second && !lost.has(anchor.id));
  return usable.toSorted((a, b) => b.second - a.second)[0];
}

/** The newest event of a page that happened before `second`. */
export function newestBefore(items: readonly Item[], second: number): Anchor | undefined {
  const anchors = items.flatMap((item): readonly Anchor[] => {
    const at = secondOf(item);
    return item.kind === 'entry' && at !== undefined ? [{ id: item.entry.id, second: at }] : [];
  });
  return anchorBefore({ anchors }, second);
}
