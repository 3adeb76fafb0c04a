/** What can be done with a lane once it is put together: start, look at it, change its secret, wait, drain. */
import type { LaneStatus } from '../status.ts';
import type { Delivery } from './deliver.ts';
import type { Lane } from './options.ts';
import type { Rendered } from './rendered.ts';
import { beginDrain, endLane, type LaneState } from './state.ts';

export interface LaneWorks {
  readonly state: LaneState;
  readonly batches: readonly AsyncIterable<readonly Rendered[]>[];
  readonly delivery: Delivery;
}

export function runningLane(works: LaneWorks): Lane {
  const { state } = works;
  let running: Promise<void> | undefined;
  let drained: Promise<void> | undefined;
  return {
    start: () => {
      state.health.started();
      running ??= run(works);
    },
    status: () => statusOf(state),
    reopen: async (sinkConfig) => {
      await state.sink.retire(() => state.openSink(sinkConfig));
      state.breaker.probeNow();
    },
    idle: (signal) => state.progress.idle(signal),
    drain: (signal) => (drained ??= drain(state, () => running, signal)),
    end: () => endLane(state),
  };
}

/** Hands each batch to the delivery as soon as one more may be in flight. */
async function run({ state, batches, delivery }: LaneWorks): Promise<void> {
  const all = batches.map(async (some) => {
    try {
      for await (const batch of some) delivery.begin(batch, await state.slots.take(state.stop.signal));
    } catch (error) {
      state.fail(error);
    }
  });
  await Promise.all(all);
  await delivery.finished();
}

/** Longest wait for what was aborted, in milliseconds: more than the 5 s that a send has for it and the 5 s of a closing. */
const ABORTED_MS = 12_000;

async function drain(state: LaneState, running: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  beginDrain(state);
  const finished = new AbortController();
  const onOver = (): void => endLane(state);
  if (signal.aborted) onOver();
  signal.addEventListener('abort', onOver, { once: true });
  // A journal that does not answer must not hold the process for ever: what it has is on disk.
  await Promise.race([finish(state, running), overdue(state, finished.signal)]);
  finished.abort();
  signal.removeEventListener('abort', onOver);
  state.health.stopped();
}

/** Resolves some time after the lane's end, unless `finished` fires before. */
async function overdue({ runtime, stop, persistence }: LaneState, finished: AbortSignal): Promise<void> {
  await fired(AbortSignal.any([stop.signal, finished]));
  if (finished.aborted) return;
  // From here on a successor may write: what still ends must not take back what that one has on disk.
  await runtime.sleep(ABORTED_MS, finished).then(
    () => persistence.leave(),
    () => undefined,
  );
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function finish(state: LaneState, running: () => Promise<void> | undefined): Promise<void> {
  await running();
  await state.progress.saved();
  await state.replays.saved();
  await state.sink.retire();
  if (!state.persistence.hasLeft) await state.progress.retract().catch(() => undefined);
}

function statusOf({ exclusions, health, type, shape, tally, progress, parked, slots, unacked }: LaneState): LaneStatus {
  const { problem, problemSinceMs } = health;
  const { lastAckMs, newestAckedEventMs } = tally;
  return {
    health: health.state,
    ...(problem === undefined ? {} : { problem }),
    ...(problemSinceMs === undefined ? {} : { problemSinceMs }),
    type,
    format: shape.format,
    acked: tally.acked,
    deadLettered: tally.deadLettered,
    excluded: tally.excluded,
    excludedByRule: { ...tally.excludedByRule },
    exclusions: exclusions.rules,
    filterErrors: tally.filterErrors,
    inFlightBatches: tally.inFlightBatches,
    heldEntries: progress.held,
    parked: parked.size,
    concurrency: slots.limit,
    ...(unacked.held !== undefined && { unackedBytes: unacked.held }),
    sends: tally.sends,
    replayed: tally.replayed,
    failures: { ...tally.failures },
    counts: { ...tally.counts },
    delivery: tally.delivery.status(),
    ...(lastAckMs === undefined ? {} : { lastAckMs }),
    ...(newestAckedEventMs === undefined ? {} : { newestAckedEventMs }),
  };
}
