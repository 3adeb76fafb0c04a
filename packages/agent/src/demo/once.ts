/** For `demo --once`: waits until everything is delivered, or until it can be said that it will not be. */
import type { Relay, RelayStatus, Runtime } from '@audit-relay/core';

const LOOK_AGAIN_MS = 250;

/** What of the relay is looked at. */
type Looked = Pick<Relay, 'caughtUp' | 'status'>;

/** Who waits, and for how long an API may give no answer, in milliseconds. */
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
    return await Promise.race([relay.caughtUp(either).then(() => undefined), untilUnreachable(relay, waiting, either)]);
  } finally {
    over.abort();
  }
}

/** Resolves when a feed has been failing for as long as `patienceMs` without one answer in between. */
async function untilUnreachable(relay: Looked, { runtime, patienceMs }: Waiting, signal: AbortSignal): Promise<string> {
  const failing = new Map<string, Failing>();
  for (;;) {
    const nowMs = runtime.elapsedMs();
    for (const [name, { health, problem = '', lastAnswerMs }] of feedsOf(relay.status())) {
      const before = failing.get(name);
      if (health !== 'retrying') failing.delete(name);
      else if (before?.lastAnswerMs !== lastAnswerMs || before === undefined)
        failing.set(name, { sinceMs: nowMs, lastAnswerMs });
      else if (nowMs - before.sinceMs >= patienceMs)
        return `${name}: no answer for ${patienceMs / 1_000} s: ${problem}`;
    }
    await runtime.sleep(LOOK_AGAIN_MS, signal);
  }
}

interface Failing {
  readonly sinceMs: number;
  readonly lastAnswerMs: number | undefined;
}

type FeedStatus = NonNullable<RelayStatus['sources'][string]['feeds']['organization']>;

/** By `source/feed`. */
function feedsOf({ sources }: RelayStatus): readonly (readonly [name: string, feed: FeedStatus])[] {
  return Object.entries(sources).flatMap(([source, { feeds }]) =>
    Object.entries(feeds).map(([feed, status]) => [`${source}/${feed}`, status] as const),
  );
}
