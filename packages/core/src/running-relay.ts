/** What can be done with a relay once it runs: look at it, change a secret, wait, drain. */
import type { Journal } from './journal/journal.ts';
import type { Lane } from './lane/lane.ts';
import type { Drift } from './normalize/drift.ts';
import type { Relay, RelayOptions } from './options.ts';
import { answerOrder, takeOrders } from './orders.ts';
import type { Source } from './source/source.ts';
import type { RelayStatus } from './status.ts';

/** How often `caughtUp` looks again, in milliseconds. */
const LOOK_AGAIN_MS = 20;

export interface RelayParts {
  readonly options: RelayOptions;
  readonly journal: Journal;
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly drift: Drift;
}

export function runningRelay(parts: RelayParts): Relay {
  const { lanes, sources, options } = parts;
  const startedMs = options.runtime.now();
  let drained: Promise<void> | undefined;
  let last: RelayStatus | undefined;
  const close = async (): Promise<void> => {
    last = statusOf(parts, startedMs);
    await parts.journal.close();
  };
  // The new owner of the journal sends the same events: from here on every send would be a copy.
  parts.journal.lost.addEventListener('abort', () => endAll(parts), { once: true });
  const status = (): RelayStatus => last ?? statusOf(parts, startedMs);
  const { deadLetters, replays } = parts.journal;
  const orders = takeOrders({ sources, sinks: options.sinks, deadLetters, replays });
  parts.journal.answerWith((question) => answerOrder(question, { ...orders, status }));
  return {
    ...orders,
    lost: parts.journal.lost,
    status,
    reopenSource: (name, config) => sources.get(name)?.reopen(config),
    reopenSink: async (name, config) => lanes.get(name)?.reopen(config),
    caughtUp: (signal) => caughtUp(parts, signal),
    drain: (graceMs) => (drained ??= drain(parts, graceMs).then(close)),
  };
}

function statusOf({ options, journal, lanes, sources, drift }: RelayParts, startedMs: number): RelayStatus {
  return {
    name: options.name,
    version: options.version,
    startedMs,
    sources: Object.fromEntries([...sources].map(([name, source]) => [name, source.status()])),
    lanes: Object.fromEntries([...lanes].map(([name, lane]) => [name, lane.status()])),
    journal: journal.stats(),
    drift: drift.status(),
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
async function drain({ options, lanes, sources }: RelayParts, graceMs: number): Promise<void> {
  await Promise.all([...sources.values()].map((source) => source.stop()));
  const over = new AbortController();
  const finished = new AbortController();
  const grace = options.runtime.sleep(graceMs, finished.signal).then(
    () => over.abort(new Error('the grace time of the drain is over')),
    () => undefined,
  );
  await Promise.all([...lanes.values()].map((lane) => lane.drain(over.signal)));
  finished.abort();
  await grace;
}
