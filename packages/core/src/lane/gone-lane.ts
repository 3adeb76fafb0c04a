/**
 * A lane that may not run: it was configured before, was away, and entries that it had not passed have
 * left the journal meanwhile. To go on would be a silent gap, so it stays blocked and says so.
 */
import type { Runtime } from '../runtime.ts';
import type { LaneStatus } from '../status.ts';
import { blankStatus } from './blank-status.ts';
import type { Lane } from './lane.ts';

export function goneLane(name: string, type: string, runtime: Runtime): Lane {
  const problem =
    `${name} was not configured for a while, and entries that it had not passed have left the journal. ` +
    'Either give the sink another name, which begins at the oldest entry held and accepts the gap, or fill the gap from ' +
    'the API: begin a new journal (another `journal.path`) with a `backfill_start_time` before the gap.';
  runtime.log('error', 'LANE_ENTRIES_GONE', problem, { lane: name });
  const status: LaneStatus = {
    ...blankStatus(type),
    health: 'blocked',
    problem,
    problemSinceMs: runtime.now(),
  };
  return {
    start: () => undefined,
    status: () => status,
    reopen: async () => undefined,
    idle: async () => undefined,
    drain: async () => undefined,
    end: () => undefined,
  };
}
