/** What can be done with a lane once it is put together: start, look at it, change its secret, wait, drain. */
import { fired } from '../abort-signals.ts';
import type { Runtime } from '../runtime.ts';
import type { Health } from './health/health.ts';
import type { LaneLife } from './life.ts';
import type { Lane } from './options.ts';
import type { Breaker } from './send/breaker.ts';
import type { LiveSink } from './send/live-sink.ts';
import type { Settler } from './settle/settler.ts';

export interface LaneWorks extends Pick<Lane, 'status'> {
  /** Sends until a drain is done. Never rejects. */
  run(): Promise<void>;
  readonly life: LaneLife;
  readonly breaker: Breaker;
  readonly sink: LiveSink;
  readonly settler: Settler;
  readonly health: Health;
  readonly runtime: Pick<Runtime, 'sleep'>;
}

/** Longest wait for what was aborted, in milliseconds: more than the 5 s that a send has for it and the 5 s of a closing. */
const ABORTED_MS = 12_000;

export function runningLane(works: LaneWorks): Lane {
  const { life, breaker, sink, settler, health } = works;
  let running: Promise<void> | undefined;
  let drained: Promise<void> | undefined;
  return {
    start: () => {
      health.started();
      running ??= works.run();
    },
    status: () => works.status(),
    reopen: async (sinkConfig) => {
      await sink.reopen(sinkConfig);
      breaker.probeNow();
    },
    idle: (signal) => settler.idle(signal),
    drain: (signal) => (drained ??= drain(works, () => running, signal)),
    end: () => life.end(),
  };
}

async function drain(works: LaneWorks, running: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const { life, health } = works;
  life.drain();
  const finished = new AbortController();
  const onOver = (): void => life.end();
  if (signal.aborted) onOver();
  signal.addEventListener('abort', onOver, { once: true });
  // A journal that does not answer must not hold the process for ever: what it has is on disk.
  await Promise.race([finish(works, running), overdue(works, finished.signal)]);
  finished.abort();
  signal.removeEventListener('abort', onOver);
  health.stopped();
}

/** Resolves some time after the lane's end, unless `finished` fires before. */
async function overdue({ runtime, life, settler }: LaneWorks, finished: AbortSignal): Promise<void> {
  await fired(AbortSignal.any([life.ended, finished]));
  if (finished.aborted) return;
  // From here on a successor may write: what still ends must not take back what that one has on disk.
  await runtime.sleep(ABORTED_MS, finished).then(
    () => settler.leave(),
    () => undefined,
  );
}

async function finish({ sink, settler }: LaneWorks, running: () => Promise<void> | undefined): Promise<void> {
  await running();
  await settler.saved();
  await sink.retire();
  await settler.retract();
}
