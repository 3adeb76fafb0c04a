/** Follows a backfill to its end, be it in this process or in an agent, and shows how far it is. */
import type { RelayStatus, Runtime } from '@audit-relay/core';
import { type ExcludedCounts, excludedOf, excludedSince } from '../exclusions.ts';
import { troublesOf } from '../http/server.ts';
import type { RelayAccess } from '../relay-access.ts';
import { codeOf } from '../stopping.ts';
import { journaledOf } from '../summary.ts';
import { count } from './plan.ts';
import { type Looks, withLook } from './progress-line.ts';
import type { BackfillProgress, BackfillRequest } from './request.ts';

/**
 * `read`: all of it is journaled. `delivered`: and every sink has it. `held`: and every sink has it but some that
 * need a person. `refused`: the API refuses the organization's feed, or every feed. `interrupted`: by a signal.
 */
export type BackfillOutcome = 'read' | 'delivered' | 'held' | 'refused' | 'interrupted';

export interface Followed {
  readonly outcome: BackfillOutcome;
  /** When the request was given, and at last. */
  readonly first: BackfillProgress;
  readonly last: BackfillProgress;
  /** What is wrong at last, a line each. */
  readonly troubles: readonly string[];
  /** What sinks have left out by rules of their own since the request was given. */
  readonly excluded: ExcludedCounts;
}

export interface Following {
  readonly request: BackfillRequest;
  readonly relay: Pick<RelayAccess, 'begin' | 'progress' | 'status'>;
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>;
  /** Also until every sink has what was journaled: this process ends then. */
  readonly untilDelivered: boolean;
  readonly display: Display;
}

/** Where it is shown, with what is wrong, a line each. */
export interface Display {
  reading(looks: Looks, troubles: readonly string[]): void;
  delivering(line: string, troubles: readonly string[]): void;
}

const LOOK_MS = 500;
/** A sink that needs a person is waited for so long: a false refusal passes. */
const HELD_MS = 30_000;

/**
 * Gives the request, and resolves when it has come to its end or `STOPPED` is the reason of the signal: it stays.
 * @throws any other reason of the signal; RelayError when the relay cannot be asked.
 */
export async function follow(following: Following, signal: AbortSignal): Promise<Followed> {
  const { request, relay } = following;
  const before = excludedOf(await relay.status());
  const first = await relay.begin(request);
  const watch = new Watch(following, { first, before });
  try {
    const read = await watch.untilRead(signal);
    const isMore = read === 'read' && following.untilDelivered;
    const outcome = isMore ? await watch.untilDelivered(signal) : read;
    return { ...watch.seen, outcome };
  } catch (error) {
    if (codeOf(signal.reason) !== 'STOPPED') throw error;
    return { ...watch.seen, outcome: 'interrupted' };
  }
}

/** Looks again and again, and remembers the last look. */
class Watch {
  readonly #following: Following;
  #looks: Looks;
  #troubles: readonly string[] = [];
  readonly #before: ExcludedCounts;
  #excluded: ExcludedCounts;

  constructor(
    following: Following,
    { first, before }: { readonly first: BackfillProgress; readonly before: ExcludedCounts },
  ) {
    this.#following = following;
    this.#before = before;
    this.#excluded = before;
    this.#looks = withLook(undefined, { atMs: following.runtime.elapsedMs(), progress: first });
  }

  get seen(): Omit<Followed, 'outcome'> {
    const { first, recent } = this.#looks;
    const last = (recent.at(-1) ?? first).progress;
    const excluded = excludedSince(this.#before, this.#excluded);
    return { first: first.progress, last, troubles: this.#troubles, excluded };
  }

  async untilRead(signal: AbortSignal): Promise<'read' | 'refused'> {
    const { request, relay, runtime, display } = this.#following;
    for (;;) {
      signal.throwIfAborted();
      const progress = await relay.progress(request);
      this.#see(await relay.status());
      this.#looks = withLook(this.#looks, { atMs: runtime.elapsedMs(), progress });
      display.reading(this.#looks, this.#troubles);
      if (progress.leftSeconds === 0) return isRefused(progress) ? 'refused' : 'read';
      await runtime.sleep(LOOK_MS, signal);
    }
  }

  async untilDelivered(signal: AbortSignal): Promise<'delivered' | 'held'> {
    const { relay, runtime, display } = this.#following;
    // The count of what is journaled follows its commit by a moment.
    await runtime.sleep(LOOK_MS, signal);
    const journaled = journaledOf(await relay.status());
    let heldSinceMs: number | undefined;
    for (;;) {
      const status = await relay.status();
      this.#see(status);
      const behind = lanesBehind(status, journaledOf(status) - journaled);
      if (behind.length === 0) return 'delivered';
      const toGo = behind.map(({ sink, entries }) => `${sink} has ${count(entries)} to go`);
      display.delivering(toGo.join(', '), this.#troubles);
      const nowMs = runtime.elapsedMs();
      heldSinceMs = behind.every(({ isHeld }) => isHeld) ? (heldSinceMs ?? nowMs) : undefined;
      if (heldSinceMs !== undefined && nowMs - heldSinceMs >= HELD_MS) return 'held';
      await runtime.sleep(LOOK_MS, signal);
    }
  }

  #see(status: RelayStatus): void {
    this.#troubles = troublesOf(status);
    this.#excluded = excludedOf(status);
  }
}

/** An organization without a tenant is no failure; the other feed alone is not what was asked for. */
function isRefused({ paused, wholeSeconds }: BackfillProgress): boolean {
  return paused.organization !== undefined || (wholeSeconds === 0 && Object.keys(paused).length > 0);
}

interface LaneBehind {
  readonly sink: string;
  readonly entries: number;
  /** Only a person gets it going again. */
  readonly isHeld: boolean;
}

/** Sinks that lack more than the newest so many entries, which live polling has brought meanwhile. */
function lanesBehind({ lanes, journal }: RelayStatus, newest: number): readonly LaneBehind[] {
  return Object.entries(lanes).flatMap(([sink, { health }]) => {
    const entries = (journal.lanes[sink]?.behindEntries ?? 0) - newest;
    return entries <= 0 ? [] : [{ sink, entries, isHeld: health === 'blocked' || health === 'stopped' }];
  });
}
