/** The status of a lane that delivers nothing here: all counts are 0. */
import type { LaneStatus } from '../status.ts';
import { DeliveryTimes } from './health/delivery-time.ts';

/** @param type of the sink, as in YAML */
export function blankStatus(type: string): Omit<LaneStatus, 'health'> {
  return {
    type,
    format: '',
    acked: 0,
    deadLettered: 0,
    excluded: 0,
    excludedByRule: {},
    exclusions: [],
    filterErrors: 0,
    inFlightBatches: 0,
    heldEntries: 0,
    parked: 0,
    concurrency: 0,
    sends: 0,
    replayed: 0,
    failures: {},
    counts: {},
    delivery: new DeliveryTimes(0).status(),
  };
}
