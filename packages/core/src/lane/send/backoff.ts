/** How long a lane waits before it sends again. */

const BASE_MS = 1_000;
const CAP_MS = 60_000;
/** A peer that asks for more is asked again after this: nobody wants to wait a day for a wrong date. */
const ASKED_CAP_MS = 15 * 60_000;
const PROBE_FIRST_MS = 5_000;

/**
 * What the peer asked for, at most 15 minutes; else full jitter: anything from 0 to 1 s, 2 s, 4 s …
 * 1 min, so that lanes that failed together do not come back together.
 * @param tries 1 or more
 */
export function backoffMs(tries: number, random: () => number, askedMs?: number): number {
  if (askedMs !== undefined && askedMs > 0) return Math.min(askedMs, ASKED_CAP_MS);
  return Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** (tries - 1)));
}

/**
 * How slowly a blocked lane probes: 5 s, 10 s, 20 s, 40 s, then every minute, each up to a quarter shorter.
 * @param probes 1 or more
 */
export function probeMs(probes: number, random: () => number): number {
  return Math.floor(Math.min(CAP_MS, PROBE_FIRST_MS * 2 ** (probes - 1)) * (1 - random() / 4));
}
