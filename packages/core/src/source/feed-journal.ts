/** One feed's side of the journal: its checkpoint, and commits whose failure is a read failure and no exception. */

import type { Feed } from '../entry.ts';
import { hasCode, RelayError } from '../errors.ts';
import type { Checkpoint } from '../journal/checkpoint.ts';
import type { CommitResult, FeedCommit, SourceJournal } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import type { ServerClock } from './api/server-clock.ts';
import { type Beginning, begun } from './coverage/start.ts';
import { turnedBack } from './coverage/transitions.ts';
import type { ReadFailure } from './health/health.ts';

/** A commit of a feed that has begun. */
export interface FeedProgress extends Omit<FeedCommit, 'feed' | 'advance'> {
  /** Pure; applied to the checkpoint as it is at the moment of the commit. */
  readonly advance: (current: Checkpoint) => Checkpoint;
}

export interface FeedClocks {
  readonly runtime: Runtime;
  /** The server's: what it shows goes into every commit. */
  readonly clock: ServerClock;
}

export class FeedJournal {
  readonly #journal: SourceJournal;
  readonly #feed: Feed;
  readonly #runtime: Runtime;
  readonly #clock: ServerClock;
  readonly #underWay = new Set<{ readonly sinceMs: number }>();

  constructor(journal: SourceJournal, feed: Feed, { runtime, clock }: FeedClocks) {
    this.#journal = journal;
    this.#feed = feed;
    this.#runtime = runtime;
    this.#clock = clock;
  }

  /** Undefined until the feed's start is committed, which is before its first request. */
  get checkpoint(): Checkpoint | undefined {
    return this.#journal.checkpoint(this.#feed);
  }

  /** The checkpoint of a feed that has begun. @throws RelayError `CHECKPOINT_LOST`: the journal had it then. */
  get known(): Checkpoint {
    return this.#known(this.checkpoint);
  }

  /**
   * Makes sure that the feed has a start, on disk: nothing is asked for before that.
   * @throws the signal's reason when it fires first.
   */
  async begin(beginning: Beginning, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const current = this.checkpoint;
    if (current !== undefined && begun(current, beginning) === current) return undefined;
    const advance = (known: Checkpoint | undefined): Checkpoint => begun(known, beginning);
    const result = await this.#commit({ advance, entries: [], flush: true }, signal);
    return 'code' in result ? result : undefined;
  }

  /**
   * One atomic commit for a feed that has begun; waits while the journal is full.
   * @throws the signal's reason when it fires while waiting.
   */
  commit({ advance, ...commit }: FeedProgress, signal: AbortSignal): Promise<CommitResult | ReadFailure> {
    const advanceBegun = (current: Checkpoint | undefined): Checkpoint =>
      withClock(advance(this.#known(current)), this.#clock);
    return this.#commit({ ...commit, advance: advanceBegun }, signal);
  }

  #known(checkpoint: Checkpoint | undefined): Checkpoint {
    if (checkpoint !== undefined) return checkpoint;
    throw new RelayError('CHECKPOINT_LOST', `the journal lost the start of feed ${this.#feed}`);
  }

  async #commit(commit: Omit<FeedCommit, 'feed'>, signal: AbortSignal): Promise<CommitResult | ReadFailure> {
    const mark = { sinceMs: this.#runtime.elapsedMs() };
    this.#underWay.add(mark);
    try {
      return await this.#journal.commit({ ...commit, feed: this.#feed }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (hasCode(error, 'JOURNAL_REASSIGNED')) throw error;
      return { code: 'JOURNAL_COMMIT_FAILED', problem: `the journal did not take a window: ${wordsOf(error)}` };
    } finally {
      this.#underWay.delete(mark);
    }
  }

  /** Why the disk takes no commit, with the fix. */
  get diskProblem(): string | undefined {
    return this.#journal.unwritable?.problem;
  }

  /** How long the oldest commit under way has been waiting, in milliseconds; 0 when there is none. */
  get waitingMs(): number {
    const now = this.#runtime.elapsedMs();
    return Math.max(0, ...[...this.#underWay].map(({ sinceMs }) => now - sinceMs));
  }
}

/** With both clocks beside it, and without what a `Date` that proved to be wrong has made of it. */
function withClock(next: Checkpoint, clock: ServerClock): Checkpoint {
  const leaptFrom = next.clock?.leaptFrom;
  const known = leaptFrom !== undefined && clock.hasReverted(leaptFrom) ? turnedBack(next, leaptFrom) : next;
  const { pair } = clock;
  return pair === undefined ? known : { ...known, clock: pair };
}

/** Our own errors say what to do; of others only the code, as their words are not ours. */
function wordsOf(error: unknown): string {
  if (error instanceof Error && error.name === 'RelayError') return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : 'see the log of the journal';
}
