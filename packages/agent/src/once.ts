/** For `run --once` and `demo --once`: waits until everything is delivered, or until it can be said that it will not be. */
import type { Relay, RelayStatus, Runtime } from '@audit-relay/core';

const LOOK_AGAIN_MS = 250;

/** What of the relay is looked at. */
type Looked = Pick<Relay, 'caughtUp' | 'status'>;

/** Who waits, and for how long an API may give no answer and a sink take nothing, in milliseconds. */
export interface Waiting {
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>;
  readonly patienceMs: number;
}

/**
 * Undefined when everything is delivered; else what is in the way.
 * @throws the signal's reason.
 */
export async function untilDelivered(
  relay: Looked,
  waiting: Waiting,
  signal: AbortSignal,
): Promise<string | undefined> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([relay.caughtUp(either).then(() => undefined), untilHopeless(relay, waiting, either)]);
  } finally {
    over.abort();
  }
}

/** Resolves when something has been failing for as long as `patienceMs` without one good answer in between. */
async function untilHopeless(relay: Looked, { runtime, patienceMs }: Waiting, signal: AbortSignal): Promise<string> {
  const failing = new Map<string, Failing>();
  for (;;) {
    const nowMs = runtime.elapsedMs();
    for (const { name, isFailing, lastGoodMs, what, problem = '' } of partsOf(relay.status())) {
      const before = failing.get(name);
      if (!isFailing) failing.delete(name);
      else if (before?.lastGoodMs !== lastGoodMs || before === undefined)
        failing.set(name, { sinceMs: nowMs, lastGoodMs });
      else if (nowMs - before.sinceMs >= patienceMs) return `${name}: ${what} for ${patienceMs / 1_000} s: ${problem}`;
    }
    await runtime.sleep(LOOK_AGAIN_MS, signal);
  }
}

interface Failing {
  readonly sinceMs: number;
  readonly lastGoodMs: number | undefined;
}

/** A feed or a sink, as far as it matters whether it gets on. */
interface Part {
  readonly name: string;
  readonly isFailing: boolean;
  readonly lastGoodMs: number | undefined;
  /** What it means that there is no good answer. */
  readonly what: string;
  readonly problem: string | undefined;
}

/** A feed that is refused ends by itself: nobody waits for it. */
function partsOf({ sources, lanes }: RelayStatus): readonly Part[] {
  const feeds = Object.entries(sources).flatMap(([source, { feeds: all }]) =>
    Object.entries(all).map(([feed, { health, problem, lastAnswerMs }]): Part => {
      const name = `${source}/${feed}`;
      return { name, isFailing: health === 'retrying', lastGoodMs: lastAnswerMs, what: 'no answer', problem };
    }),
  );
  const sinks = Object.entries(lanes).map(([sink, { health, problem, lastAckMs }]): Part => {
    const isFailing = !['ok', 'starting', 'standby'].includes(health);
    return { name: `sink ${sink}`, isFailing, lastGoodMs: lastAckMs, what: 'nothing taken', problem };
  });
  return [...feeds, ...sinks];
}

/**
 * What did not arrive though everything was waited for, a line each. An organization without a tenant misses nothing.
 * @param before as it was before the drain, which ends every feed
 * @param after the last one: only then are the counts those that stay
 */
export function missingOf({ sources }: RelayStatus, { lanes }: RelayStatus): readonly string[] {
  const refused = Object.entries(sources).flatMap(([source, { feeds }]) =>
    Object.entries(feeds).flatMap(([feed, { health, problem = '', completeTo }]) => {
      const isMissed = health === 'paused' && (feed === 'organization' || completeTo !== undefined);
      return isMissed ? [`source ${source}, feed ${feed}: ${problem}`] : [];
    }),
  );
  const letters = Object.entries(lanes).flatMap(([sink, { deadLettered }]) =>
    deadLettered === 0
      ? []
      : [`sink ${sink}: ${deadLettered} event(s) became dead letters: audit-relay dead-letters list`],
  );
  return [...refused, ...letters];
}
