/**
 * A lane that is delivered by several processes: this one delivers what the journal gives it, and nothing while another has all of
 * it. Each share is a lane of its own, from the cursor that the last owner saved; its counts begin at 0.
 */
import { RelayError } from '../errors.ts';
import type { Journal, LaneJournal } from '../journal/journal.ts';
import type { Share } from '../journal/sharing.ts';
import { blankStatus } from '../lane/blank-status.ts';
import type { Lane } from '../lane/options.ts';
import type { Runtime } from '../runtime.ts';
import { SharedPart } from './shared-part.ts';

export interface OwnLaneOptions {
  readonly name: string;
  /** Of the sink, as in YAML. */
  readonly type: string;
  readonly runtime: Pick<Runtime, 'sleep' | 'log'>;
  /** With the sink's configuration as it is then; absent: as it was at the start. */
  open(journal: LaneJournal, sinkConfig?: unknown): Lane;
  /** Stands in the place of a lane whose entries have left. */
  gone(): Lane;
  /** @throws what `open` would, and opens nothing */
  refuse(): void;
}

export interface SharedLaneOptions extends Omit<OwnLaneOptions, 'refuse'> {
  next(signal: AbortSignal): Promise<Share<LaneJournal>>;
}

/** What of the lane is this process's: all, or what the journal gives out to it. @throws as `openLane` does */
export function ownLane(journal: Pick<Journal, 'lane' | 'sharing'>, { refuse, ...options }: OwnLaneOptions): Lane {
  const { sharing } = journal;
  if (sharing === undefined) return options.open(journal.lane(options.name));
  refuse();
  return sharedLane({ ...options, next: (signal) => sharing.lane(options.name, signal) });
}

export function sharedLane({ name, type, runtime, next, open, gone }: SharedLaneOptions): Lane {
  let sinkConfig: unknown;
  const begun = (lane: Lane): Lane => {
    lane.start();
    return lane;
  };
  const shared = new SharedPart<LaneJournal, Lane>({
    name: `sink ${name}`,
    stopped: new RelayError('LANE_DRAINING', 'the lane is draining'),
    runtime,
    next,
    begin: (journal) => begun(open(journal, sinkConfig)),
    refused: () => begun(gone()),
    end: (lane, over) => lane.drain(over),
  });
  const now = new AbortController();
  return {
    start: () => shared.start(),
    status: () => shared.part?.status() ?? { ...blankStatus(type), health: shared.isKnown ? 'standby' : 'starting' },
    reopen: async (config) => {
      sinkConfig = config;
      await shared.part?.reopen(config);
    },
    idle: async (signal) => {
      await shared.known(signal);
      await shared.part?.idle(signal);
    },
    drain: (over) => shared.stop(AbortSignal.any([over, now.signal])),
    end: () => {
      shared.part?.end();
      now.abort(new Error('the lane has ended'));
    },
  };
}
