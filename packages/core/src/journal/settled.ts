/**
 * What a lane has settled, in entry numbers: the cursor that it saves joined with the one found at the
 * start. The lane knows nothing of the entries that the latter called settled, as it is not given them.
 */
import type { StoredCursor } from './stored.ts';

/** More are forgotten: those entries go out again as replay after the next start. */
const RANGES_KEPT = 64;

/** How far a lane is, beside its reach. */
export type Settled = Pick<StoredCursor, 'position' | 'settled'>;

/** Everything that either calls settled; the first 64 ranges of it, in order and never touching. */
export function joinSettled(found: Settled, saved: Settled): Settled {
  const ranges = [...found.settled, ...saved.settled].sort(([a], [b]) => a - b);
  const settled: [first: number, last: number][] = [];
  let position = Math.max(found.position, saved.position);
  for (const [first, last] of ranges) {
    const before = settled.at(-1);
    if (first <= position + 1) position = Math.max(position, last);
    else if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else settled.push([first, last]);
  }
  return { position, settled: settled.slice(0, RANGES_KEPT) };
}

export function isSettled({ settled }: Settled, number: number): boolean {
  return settled.some(([first, last]) => first <= number && number <= last);
}
