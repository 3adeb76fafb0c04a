/** What the steps of one lane share. Made once, by `lane.ts`; each part has its own file. */
import { setMaxListeners } from 'node:events';
import type { Sink, SinkContext, SinkLimits } from '@audit-relay/sink';
import { hasCode, RelayError } from '../errors.ts';
import type { DocumentShape } from '../normalize/document.ts';
import type { Runtime } from '../runtime.ts';
import type { BatchRules } from './batcher.ts';
import { Breaker } from './breaker.ts';
import { Slots, UnackedBytes } from './concurrency.ts';
import type { LaneConfig } from './config.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { Exclusions, exclusionsOf } from './exclusions.ts';
import { Health } from './health.ts';
import { limitsOf } from './limits.ts';
import { LiveSink } from './live-sink.ts';
import type { LaneDependencies, LaneOptions } from './options.ts';
import { Parked } from './parked.ts';
import { Persistence } from './persistence.ts';
import { Progress } from './progress.ts';
import { Refusals } from './refusals.ts';
import { Replays } from './replays.ts';
import { Tally } from './tally.ts';

export interface LaneState {
  readonly name: string;
  readonly type: string;
  readonly config: LaneConfig;
  readonly limits: SinkLimits;
  readonly shape: DocumentShape;
  readonly rules: BatchRules;
  readonly runtime: Runtime;
  readonly tally: Tally;
  readonly health: Health;
  readonly persistence: Persistence;
  readonly progress: Progress;
  readonly slots: Slots;
  readonly unacked: UnackedBytes;
  readonly parked: Parked;
  readonly refusals: Refusals;
  readonly breaker: Breaker;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly replays: Replays;
  readonly exclusions: Exclusions;
  readonly sink: LiveSink;
  /** Aborted when a drain begins: nothing more is read. */
  readonly draining: AbortController;
  /** Aborted when a drain's time is over: nothing more is sent or waited for. */
  readonly stop: AbortController;
  /** How the plugin makes a sink of a configuration. */
  openSink(sinkConfig: unknown): Promise<Sink>;
  onRefused(): void;
  /** Something failed that is not the peer's doing: the lane stops, and what it holds stays in the journal. */
  fail(error: unknown): void;
}

export function createState(options: LaneOptions, dependencies: LaneDependencies): LaneState {
  const { name, plugin, sinkConfig, config } = options;
  const { journal, deadLetters, replays, runtime, context, onRefused } = dependencies;
  const limits = limitsOf(name, plugin, sinkConfig);
  const draining = controller();
  const stop = controller();
  const tally = new Tally(runtime.now(), dependencies.onAcked);
  const health = new Health(name, runtime);
  const breaker = new Breaker(runtime);
  const persistence = new Persistence({ runtime, breaker, health });
  const refusals = new Refusals(journal.refusals);
  const fail = (error: unknown): void => {
    if (draining.signal.aborted && isAbort(error)) return;
    const problem = error instanceof Error ? error.message : String(error);
    health.stopped(problem);
    runtime.log('error', 'LANE_STOPPED', `${name}: the lane stopped, its events stay in the journal: ${problem}`, {
      lane: name,
    });
    endLane({ draining, breaker, stop });
  };
  const shape = shapeOf(options);
  const { format } = shape;
  const counted: SinkContext = { ...context, format, count: (code, n) => tally.count(code, n) };
  // Async, so that a plugin that throws, or gives no promise, is no other case.
  const openSink = async (ofConfig: unknown): Promise<Sink> => plugin.open(ofConfig, counted);
  return {
    name,
    type: plugin.type,
    config,
    limits,
    shape,
    rules: rulesOf(config, limits),
    runtime,
    tally,
    health,
    persistence,
    progress: new Progress({
      journal,
      maxAhead: config.max_ahead,
      refusals,
      persistence,
      stop: stop.signal,
      onFailed: fail,
    }),
    slots: new Slots(Math.min(config.concurrency ?? limits.maxInFlight, limits.maxInFlight)),
    unacked: new UnackedBytes(limits.maxUnackedBytes ?? Number.POSITIVE_INFINITY),
    parked: new Parked(),
    refusals,
    breaker,
    deadLetterQueue: new DeadLetterQueue({ name, deadLetters, runtime, persistence, draining }),
    replays: new Replays({ name, journal: replays, runtime, persistence, draining, stop: stop.signal, onFailed: fail }),
    exclusions: new Exclusions({ name, rules: exclusionsOf(name, plugin, sinkConfig), runtime }),
    sink: new LiveSink(name, () => openSink(sinkConfig), runtime),
    draining,
    stop,
    openSink,
    onRefused,
    fail,
  };
}

/** For who only looks. @throws as `createState` does, RelayError `FORMAT_UNSUPPORTED`, `SINK_LIMITS_INVALID`, `SINK_EXCLUSIONS_INVALID`. */
export function refuseLane(options: LaneOptions): void {
  shapeOf(options);
  limitsOf(options.name, options.plugin, options.sinkConfig);
  exclusionsOf(options.name, options.plugin, options.sinkConfig);
}

/** Nothing more is read; what is read may still go out. */
export function beginDrain({ draining, breaker }: Pick<LaneState, 'draining' | 'breaker'>): void {
  draining.abort(new RelayError('LANE_DRAINING', 'the lane is draining'));
  breaker.giveUp();
}

/** Nothing more goes out either. */
export function endLane(state: Pick<LaneState, 'draining' | 'breaker' | 'stop'>): void {
  beginDrain(state);
  state.stop.abort(new RelayError('LANE_DRAINING', 'the time to drain is over'));
}

/** Node's own waits reject with an error of theirs that has our reason as its cause. */
function isAbort(error: unknown): boolean {
  return hasCode(error, 'LANE_DRAINING') || (error instanceof Error && error.name === 'AbortError');
}

/** Each waiting event listens to it, so there is no leak to warn of. */
function controller(): AbortController {
  const made = new AbortController();
  setMaxListeners(0, made.signal);
  return made;
}

function shapeOf({ name, plugin, sinkConfig, config }: LaneOptions): DocumentShape {
  const { formats, dataset, namespace } = plugin.document?.(sinkConfig) ?? { formats: ['ecs', 'ocsf', 'raw'] as const };
  const format = config.format ?? formats[0];
  if (format === undefined || !formats.includes(format)) {
    const fix = `set format to ${formats.join(' or ')}`;
    throw new RelayError('FORMAT_UNSUPPORTED', `sink ${name}: ${plugin.type} does not take format ${format}: ${fix}`);
  }
  return { format, dataset: dataset ?? 'openai.org_audit', namespace: namespace ?? 'default' };
}

function rulesOf({ batch }: LaneConfig, limits: SinkLimits): BatchRules {
  return {
    maxEvents: Math.min(batch.max_events ?? limits.maxEvents, limits.maxEvents),
    maxBytes: Math.min(batch.max_bytes ?? limits.maxBytes, limits.maxBytes),
    maxAgeMs: batch.max_age,
  };
}
