/** What can be done with a relay once it runs: look at it, change what it does, wait, drain. */
import { applyChange, type Changing } from './change.ts';
import { answerRequest, controlOf } from './control.ts';
import { RelayError } from './errors.ts';
import type { Deliveries } from './lane/health/deliveries.ts';
import type { Drift } from './normalize/drift.ts';
import type { Relay, RelayChange, RelayDifference } from './options.ts';
import type { Runtime } from './runtime.ts';
import type { SourceConfig } from './source/config.ts';
import type { RelayStatus } from './status.ts';

/** How often `caughtUp` looks again, in milliseconds. */
const LOOK_AGAIN_MS = 20;

export interface RelayParts extends Changing {
  readonly drift: Drift;
  readonly deliveries: Deliveries;
}

export function runningRelay(parts: RelayParts): Relay {
  const { sources, journal } = parts;
  const startedMs = parts.options.runtime.now();
  const changes = new Changes(parts);
  let drained: Promise<void> | undefined;
  let last: RelayStatus | undefined;
  const close = async (): Promise<void> => {
    try {
      last = statusOf(parts, startedMs);
    } catch (error) {
      // A journal that is lost may not be readable either.
      if (!journal.lost.aborted) throw error;
    } finally {
      await journal.close();
    }
  };
  // The new owner of the journal sends the same events: from here on every send would be a copy.
  journal.lost.addEventListener('abort', () => endAll(parts), { once: true });
  const status = (): RelayStatus => last ?? statusOf(parts, startedMs);
  const { deadLetters, replays } = journal;
  const control = controlOf({
    sources,
    sinks: () => parts.options.sinks,
    deadLetters,
    replays,
    deliveries: parts.deliveries,
  });
  journal.answerWith((question) => answerRequest(question, { ...control, status }));
  return {
    ...control,
    lost: journal.lost,
    status,
    unwritable: () => journal.unwritable,
    deadLetters: (sink) => deadLetters.newest(sink),
    reopenSource: (name, config) => reopenSource(parts, name, config),
    reopenSink: (name, config) => reopenSink(parts, name, config),
    change: (change, graceMs) => changes.apply(change, graceMs),
    caughtUp: (signal) => caughtUp(parts, signal),
    drain: (graceMs) => (drained ??= drain(parts, changes, graceMs).then(close)),
  };
}

function reopenSource(parts: RelayParts, name: string, config: SourceConfig): void {
  const { sources, options } = parts;
  sources.get(name)?.reopen(config);
  if (sources.has(name)) parts.options = { ...options, sources: { ...options.sources, [name]: config } };
}

async function reopenSink(parts: RelayParts, name: string, config: unknown): Promise<void> {
  const { options, lanes } = parts;
  const sink = Object.hasOwn(options.sinks, name) ? options.sinks[name] : undefined;
  if (sink !== undefined) parts.options = { ...options, sinks: { ...options.sinks, [name]: { ...sink, config } } };
  await lanes.get(name)?.reopen(config);
}

/** One change after the other; none once the relay ends. */
class Changes {
  readonly #parts: RelayParts;
  readonly #ending = new AbortController();
  readonly #over = new AbortController();
  #turns: Promise<unknown> = Promise.resolve();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  apply(change: RelayChange, graceMs: number): Promise<RelayDifference> {
    const applied = this.#turns.then(() => this.#apply(change, graceMs));
    this.#turns = applied.catch(() => undefined);
    return applied;
  }

  async #apply(change: RelayChange, graceMs: number): Promise<RelayDifference> {
    const { options, drift } = this.#parts;
    const ending = this.#ending.signal;
    if (ending.aborted) throw new RelayError('RELAY_ENDING', 'the relay ends: a change comes too late');
    const timer = graceTimer(options.runtime, graceMs);
    try {
      const over = AbortSignal.any([timer.over, this.#over.signal]);
      const difference = await applyChange(this.#parts, change, { over, ending });
      drift.redactBy(this.#parts.normalizer.redact);
      return difference;
    } finally {
      await timer.end();
    }
  }

  /** Resolves when a change that is under way has ended: with what it has stopped left so. */
  async end(over: AbortSignal): Promise<void> {
    this.#ending.abort();
    over.addEventListener('abort', () => this.#over.abort(), { once: true });
    await this.#turns;
  }
}

function statusOf({ options, journal, lanes, sources, drift }: RelayParts, startedMs: number): RelayStatus {
  const configuration = options.configuration?.();
  return {
    name: options.name,
    version: options.version,
    startedMs,
    sources: Object.fromEntries([...sources].map(([name, source]) => [name, source.status()])),
    lanes: Object.fromEntries([...lanes].map(([name, lane]) => [name, lane.status()])),
    journal: journal.stats(),
    drift: drift.status(),
    ...(configuration === undefined ? {} : { configuration }),
  };
}

async function caughtUp({ options, journal, lanes, sources }: RelayParts, signal: AbortSignal): Promise<void> {
  await Promise.all([...sources.values()].map((source) => source.caughtUp(signal)));
  const isBehind = (): boolean => {
    const { lanes: stats } = journal.stats();
    return [...lanes.keys()].some((name) => stats[name]?.behindEntries !== 0);
  };
  while (isBehind()) await options.runtime.sleep(LOOK_AGAIN_MS, signal);
}

function endAll({ lanes, sources }: RelayParts): void {
  for (const lane of lanes.values()) lane.end();
  for (const source of sources.values()) void source.stop().catch(() => undefined);
}

/** Against the data's direction: nothing new comes in, then what is on its way may arrive. */
async function drain({ options, lanes, sources }: RelayParts, changes: Changes, graceMs: number): Promise<void> {
  const timer = graceTimer(options.runtime, graceMs);
  const changed = changes.end(timer.over);
  await Promise.all([...sources.values()].map((source) => source.stop()));
  await Promise.all([changed, ...[...lanes.values()].map((lane) => lane.drain(timer.over))]);
  await timer.end();
}

interface GraceTimer {
  /** Fires when the time is over. */
  readonly over: AbortSignal;
  end(): Promise<void>;
}

function graceTimer(runtime: Runtime, graceMs: number): GraceTimer {
  const over = new AbortController();
  const finished = new AbortController();
  const grace = runtime.sleep(graceMs, finished.signal).then(
    () => over.abort(new Error('the grace time of the drain is over')),
    () => undefined,
  );
  const end = async (): Promise<void> => {
    finished.abort();
    await grace;
  };
  return { over: over.signal, end };
}
