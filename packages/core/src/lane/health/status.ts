/** What a lane's status is made from. */
import type { LaneStatus } from '../../status.ts';
import type { Delivery } from '../deliver.ts';
import type { Slots } from '../send/concurrency.ts';
import type { Exclusions } from '../send/exclusions.ts';
import type { Sender } from '../send/sender.ts';
import type { Progress } from '../settle/progress.ts';
import type { LaneReport } from './report.ts';

export interface LaneStatusParts {
  /** Of the sink, as in YAML. */
  readonly type: string;
  readonly format: string;
  readonly report: LaneReport;
  readonly exclusions: Pick<Exclusions, 'rules'>;
  readonly progress: Pick<Progress, 'held'>;
  readonly delivery: Pick<Delivery, 'parked'>;
  readonly slots: Pick<Slots, 'limit'>;
  readonly sender: Pick<Sender, 'unackedBytes'>;
}

export function laneStatus(parts: LaneStatusParts): LaneStatus {
  const { type, format, exclusions, progress, delivery, slots } = parts;
  const { health, tally } = parts.report;
  const { problem, problemSinceMs } = health;
  const { lastAckMs, newestAckedEventMs } = tally;
  const { unackedBytes } = parts.sender;
  return {
    health: health.state,
    ...(problem === undefined ? {} : { problem }),
    ...(problemSinceMs === undefined ? {} : { problemSinceMs }),
    type,
    format,
    acked: tally.acked,
    deadLettered: tally.deadLettered,
    excluded: tally.excluded,
    excludedByRule: { ...tally.excludedByRule },
    exclusions: exclusions.rules,
    filterErrors: tally.filterErrors,
    inFlightBatches: tally.inFlightBatches,
    heldEntries: progress.held,
    parked: delivery.parked,
    concurrency: slots.limit,
    ...(unackedBytes !== undefined && { unackedBytes }),
    sends: tally.sends,
    replayed: tally.replayed,
    failures: { ...tally.failures },
    counts: { ...tally.counts },
    delivery: tally.delivery.status(),
    ...(lastAckMs === undefined ? {} : { lastAckMs }),
    ...(newestAckedEventMs === undefined ? {} : { newestAckedEventMs }),
  };
}
