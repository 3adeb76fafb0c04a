/** Follows a replay to its end, be it in this process or in an agent, and shows how far it is. */
import type { RelayStatus, Runtime } from '@audit-relay/core';
import { count } from '../backfill/plan.ts';
import { bar } from '../backfill/progress-line.ts';
import { troublesOf } from '../http/server.ts';
import type { RelayAccess, ReplayRequest } from '../relay-access.ts';
import { codeOf } from '../stopping.ts';

export type ReplayProgress = RelayStatus['journal']['replays'][string];

/**
 * `replayed`: all of it is done with. `incomplete`: entries left the journal before it came to them, or it ended before.
 * `held`: the sink needs a person. `interrupted`: by a signal.
 */
export type ReplayOutcome = 'replayed' | 'incomplete' | 'held' | 'interrupted';

export interface FollowedReplay {
  readonly outcome: ReplayOutcome;
  /** At last. Absent: it was never seen. */
  readonly progress?: ReplayProgress;
  /** What is wrong at last, a line each. */
  readonly troubles: readonly string[];
}

export interface ReplayFollowing {
  readonly request: ReplayRequest;
  readonly relay: Pick<RelayAccess, 'replay' | 'status'>;
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>;
  /** Where it is shown, with what is wrong, a line each. */
  show(progress: ReplayProgress, troubles: readonly string[]): void;
}

const LOOK_MS = 500;
/** A sink that needs a person is waited for so long: a false refusal passes. */
const HELD_MS = 30_000;

/**
 * Gives the request, and resolves when it has come to its end or `STOPPED` is the reason of the signal: it stays.
 * @throws any other reason of the signal; RelayError when the request is refused or the relay cannot be asked.
 */
export async function followReplay(following: ReplayFollowing, signal: AbortSignal): Promise<FollowedReplay> {
  const { request, relay, runtime, show } = following;
  const askedMs = await relay.replay(request);
  let seen: Omit<FollowedReplay, 'outcome'> = { troubles: [] };
  let heldSinceMs: number | undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      const status = await relay.status();
      const progress = status.journal.replays[request.sink];
      // Another one stands in its place: of this one nothing more is known.
      if (progress?.askedMs !== askedMs) return { ...seen, outcome: 'incomplete' };
      seen = { progress, troubles: troublesOf(status) };
      if (progress.endedMs !== undefined) return { ...seen, outcome: isWhole(progress) ? 'replayed' : 'incomplete' };
      show(progress, seen.troubles);
      const nowMs = runtime.elapsedMs();
      heldSinceMs = needsPerson(status.lanes[request.sink]) ? (heldSinceMs ?? nowMs) : undefined;
      if (nowMs - (heldSinceMs ?? nowMs) >= HELD_MS) return { ...seen, outcome: 'held' };
      await runtime.sleep(LOOK_MS, signal);
    }
  } catch (error) {
    if (codeOf(signal.reason) !== 'STOPPED') throw error;
    return { ...seen, outcome: 'interrupted' };
  }
}

function needsPerson(lane: RelayStatus['lanes'][string] | undefined): boolean {
  return lane?.health === 'blocked' || lane?.health === 'stopped';
}

function isWhole({ problem, left }: ReplayProgress): boolean {
  return problem === undefined && left === 0;
}

/** 0 to 100, rounded down: of the entries that are looked at, whatever their time. */
export function percentOfReplay({ entries, passed }: Pick<ReplayProgress, 'entries' | 'passed'>): number {
  return entries === 0 ? 100 : Math.floor((100 * passed) / entries);
}

const BAR = 20;

/** `columns`: width of the terminal; undefined: there is none, and the line has no bar. */
export function replayLine(progress: ReplayProgress, columns: number | undefined): string {
  const percent = percentOfReplay(progress);
  const { entries, passed } = progress;
  const facts = [`${percent} %`, `${count(passed)} of ${count(entries)} looked at`, countsOf(progress)];
  const text = facts.join('  ');
  if (columns === undefined) return text;
  const line = columns > text.length + BAR + 3 ? `${bar(percent, BAR)}  ${text}` : text;
  return line.slice(0, columns - 1);
}

/** `12 acked, 3 excluded.when`. */
export function countsOf({ counts }: Pick<ReplayProgress, 'counts'>): string {
  const ways = Object.entries(counts).map(
    ([way, events]) => `${count(events)} ${WORDS[way] ?? way.replace('.', ' by ')}`,
  );
  return ways.join(', ') || 'none sent';
}

const WORDS: Readonly<Record<string, string>> = { dead_lettered: 'dead-lettered' };
