/** When a sink's peer fails, and how: drawn from a seed, another stream for each sink. */
import { Chance } from '../invariants/chance.ts';

/**
 * `refuse`: a no that says to come again; `error`: 500; `hang`: no answer; `cut`: the connection ends without one;
 * `lose`: the same after the events were taken; `slow`: an answer after a while.
 */
export type Trouble = 'refuse' | 'error' | 'hang' | 'cut' | 'lose' | 'slow';
export const TROUBLES: readonly Trouble[] = ['refuse', 'error', 'hang', 'cut', 'lose', 'slow'];

export interface Phase {
  /** Since the start. */
  readonly fromMs: number;
  /** Absent: all is well. */
  readonly trouble?: Trouble;
}

export interface ScheduleOrder {
  readonly seed: number;
  readonly sink: string;
  readonly lastsMs: number;
  /** The longest that a peer is well or not; troubles last half as long at most. */
  readonly phaseMs: number;
}

/** Well and in trouble in turn, from well on; each trouble comes once before any comes again. */
export function scheduleOf({ seed, sink, lastsMs, phaseMs }: ScheduleOrder): readonly Phase[] {
  const chance = new Chance(seed).stream(sink);
  const phases: Phase[] = [];
  let left: Trouble[] = [];
  for (let atMs = 0; atMs < lastsMs; ) {
    phases.push({ fromMs: atMs });
    atMs += chance.whole(phaseMs / 4, phaseMs);
    if (atMs >= lastsMs) break;
    if (left.length === 0) left = [...TROUBLES];
    const [trouble = 'refuse'] = left.splice(chance.whole(0, left.length - 1), 1);
    phases.push({ fromMs: atMs, trouble });
    atMs += chance.whole(phaseMs / 8, phaseMs / 2);
  }
  return phases;
}

/** What is the matter at this time. */
export function troubleAt(phases: readonly Phase[], ms: number): Trouble | undefined {
  return phases.findLast(({ fromMs }) => fromMs <= ms)?.trouble;
}
