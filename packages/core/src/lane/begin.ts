/** Where a new lane begins, made of its configuration; the journal keeps it with the lane's cursor from then on. */
import { RelayError } from '../errors.ts';
import type { LaneBegin } from '../journal/journal.ts';
import type { LaneConfig } from './config.ts';

/** Clocks and zones differ: a start that is further ahead is a mistake. */
const AHEAD_MS = 86_400_000;

/** How long ago counts from `nowMs`. @throws RelayError `START_IN_FUTURE` */
export function laneBegin(
  name: string,
  { start_from: from }: Pick<LaneConfig, 'start_from'>,
  nowMs: number,
): LaneBegin {
  if (typeof from === 'string') return from;
  const fromMs = typeof from === 'number' ? from * 1_000 : nowMs - from.secondsAgo * 1_000;
  if (fromMs <= nowMs + AHEAD_MS) return { fromMs };
  const problem = `start_from of sink ${name} lies in the future: nothing would be sent until then`;
  throw new RelayError('START_IN_FUTURE', problem);
}
