/**
 * Which sources this process reads, from one assignment of partitions to the next. In each, the partitions are had and read anew before
 * any source is given out; when it is over, or one of its partitions is another's, nothing begins anew until every source has
 * been released. So whoever was fenced comes back by a later generation alone.
 */
import {
  fired,
  hasCode,
  type JournalConfiguration,
  type Origin,
  RelayError,
  type Runtime,
  type Share,
  Signal,
  type SourceJournal,
  type Unwritable,
} from '@audit-relay/core/journal';
import type { Assignment, Membership } from '../membership.ts';

/** The way in of one assignment, as far as it is needed here. */
export interface SharedSources {
  readonly lost: AbortSignal;
  readonly unwritable: Unwritable | undefined;
  owns(source: string): boolean;
  source(name: string): SourceJournal;
  configure(configuration: JournalConfiguration): Promise<void>;
  refuse(configuration: JournalConfiguration): void;
  adopt(origins: Readonly<Record<string, Origin>>): Promise<void>;
  figures(): SourceFigures;
  close(): Promise<void>;
}

/** Of the partitions that are this process's. */
export interface SourceFigures {
  /** Of entries that some lane has not passed, all partitions together, as of the last look. */
  readonly bytes: number;
  /** How many entries each was ever given. */
  readonly written: ReadonlyMap<number, number>;
  /** Set while a commit waits for room. */
  readonly fullBecauseOf?: string;
  readonly malformedRecords: Readonly<Record<string, number>>;
}

export interface SourceSharingOptions {
  readonly membership: Membership;
  /** Has the partitions of an assignment; see `openSources`. */
  readonly open: (assignment: Assignment, signal: AbortSignal) => Promise<SharedSources>;
  readonly runtime: Pick<Runtime, 'sleep' | 'log'>;
  /** Throws what a configuration is refused with, by what stood in the topics at the start: until an assignment is had. */
  readonly refuse: (configuration: JournalConfiguration) => void;
}

/** One assignment, and who still uses what it gave. */
interface Round {
  readonly assignment: Assignment;
  /** Undefined: it could not be opened, or not be configured. */
  readonly collector: SharedSources | undefined;
  readonly refused: Error | undefined;
  /** Fires when it is over, for whichever reason. */
  readonly over: AbortSignal;
  users: number;
}

/** Until what could not be used is tried again, in milliseconds, and at most. */
const AGAIN_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** The same after one that was over before it could be used. */
const SOON_MS = 200;

export class SourceSharing {
  readonly #options: SourceSharingOptions;
  readonly #closing = new AbortController();
  readonly #changed = new Signal();
  #configuration: JournalConfiguration | undefined;
  #round: Round | undefined;
  #running: Promise<void> | undefined;
  /** What could not be begun is tried again at once. */
  #hurry: () => void = () => undefined;

  constructor(options: SourceSharingOptions) {
    this.#options = options;
  }

  /** What each assignment is configured with from now on; the first call begins. The present one is at once. @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED` */
  async configure(configuration: JournalConfiguration): Promise<void> {
    this.refuse(configuration);
    this.#configuration = configuration;
    this.#running ??= this.#run();
    this.#hurry();
    try {
      await this.#round?.collector?.configure(configuration);
    } catch (error) {
      // The next assignment begins with it.
      if (!isOfOthers(error)) throw error;
    }
  }

  /** Throws what `configure` would, and writes nothing. */
  refuse(configuration: JournalConfiguration): void {
    const collector = this.#round?.collector;
    if (collector === undefined) this.#options.refuse(configuration);
    else collector.refuse(configuration);
  }

  /** @throws RelayError `SOURCE_ELSEWHERE` when another process reads one of them. */
  async adopt(origins: Readonly<Record<string, Origin>>): Promise<void> {
    const collector = this.#round?.collector;
    const other = Object.keys(origins).find((name) => collector?.owns(name) !== true);
    if (other !== undefined) {
      throw new RelayError('SOURCE_ELSEWHERE', `another process reads source ${other}: ask that one`);
    }
    await collector?.adopt(origins);
  }

  /** Those that are this process's now. */
  get partitions(): readonly number[] {
    const round = this.#round;
    return round === undefined || round.over.aborted ? [] : round.assignment.partitions;
  }

  /** Asks the group. @throws RelayError `JOURNAL_REASSIGNED` when the partition is not this process's; whatever the client says */
  async confirm(partition: number): Promise<void> {
    if (!this.partitions.includes(partition)) {
      throw new RelayError('JOURNAL_REASSIGNED', `partition ${partition} is another collector's`);
    }
    await this.#round?.assignment.confirm();
  }

  figures(): SourceFigures | undefined {
    return this.#round?.collector?.figures();
  }

  /** The first commit that nobody takes. Undefined: as far as anybody has tried, all is taken. */
  get unwritable(): Unwritable | undefined {
    return this.#round?.collector?.unwritable ?? this.#options.membership.unwritable;
  }

  /** As `Sharing.source`. */
  async source(name: string, signal: AbortSignal): Promise<Share<SourceJournal>> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    await this.#changed.until(() => this.#round !== undefined && !this.#round.over.aborted, either);
    const round = this.#round;
    if (round === undefined) throw new Error('a round is there');
    const { collector, refused, over, assignment } = round;
    round.users += 1;
    let isReleased = false;
    return {
      way: collector?.owns(name) === true ? collector.source(name) : undefined,
      ...(refused !== undefined && { refused }),
      revoked: over,
      drainMs: assignment.drainMs,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        round.users -= 1;
        this.#changed.notify();
      },
    };
  }

  /** After all sources were released. */
  async close(): Promise<void> {
    this.#closing.abort(new RelayError('JOURNAL_CLOSED', 'the journal is closed'));
    await this.#running;
    await this.#options.membership.close();
  }

  async #run(): Promise<void> {
    const { membership, runtime } = this.#options;
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      let revoked: AbortSignal | undefined;
      try {
        const assignment = await membership.next(closing);
        revoked = assignment.revoked;
        await this.#useUp(assignment);
      } catch (error) {
        if (closing.aborted) return;
        if (revoked?.aborted) continue;
        if (isOfOthers(error)) {
          // The group knows better already.
          await runtime.sleep(SOON_MS, closing).catch(() => undefined);
          continue;
        }
        const problem = error instanceof Error ? error.message : String(error);
        runtime.log('error', 'SHARE_FAILED', `the group of collectors: ${problem}`, {});
        await runtime.sleep(AGAIN_MS, closing).catch(() => undefined);
      }
    }
  }

  /** What cannot be begun is begun again while the assignment holds: the group has nothing to do with it, and the other members even less. */
  async #useUp(assignment: Assignment): Promise<void> {
    for (let pauseMs = AGAIN_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const { refused } = await this.#use(assignment, pauseMs);
      if (refused === undefined || assignment.revoked.aborted || this.#closing.signal.aborted) return;
    }
  }

  async #use(assignment: Assignment, pauseMs: number): Promise<Round> {
    const round = await this.#begin(assignment, pauseMs);
    this.#changed.notify();
    await fired(AbortSignal.any([round.over, this.#closing.signal]));
    await this.#changed.until(() => round.users === 0, NEVER);
    this.#round = undefined;
    await round.collector?.close();
    return round;
  }

  /** What cannot be used is tried again, and not at once. */
  #later(pauseMs: number): AbortSignal {
    const later = new AbortController();
    const { sleep } = this.#options.runtime;
    const over = (): void =>
      later.abort(new RelayError('JOURNAL_REASSIGNED', 'what could not be begun is tried again'));
    this.#hurry = over;
    sleep(pauseMs, this.#closing.signal).then(over, over);
    return later.signal;
  }

  async #begin(assignment: Assignment, pauseMs: number): Promise<Round> {
    const { open } = this.#options;
    let collector: SharedSources | undefined;
    try {
      collector = await open(assignment, this.#closing.signal);
      // One may come while another is being written.
      for (let applied: JournalConfiguration | undefined; applied !== this.#configuration; ) {
        applied = this.#configuration;
        if (applied !== undefined) await collector.configure(applied);
      }
      const over = AbortSignal.any([assignment.revoked, collector.lost]);
      this.#round = { assignment, collector, refused: undefined, over, users: 0 };
    } catch (error) {
      await collector?.close();
      if (assignment.revoked.aborted || !(error instanceof Error) || isOfOthers(error)) throw error;
      const code = 'code' in error ? String(error.code) : 'SHARE_FAILED';
      this.#options.runtime.log('error', code, error.message, {});
      const over = AbortSignal.any([assignment.revoked, this.#later(pauseMs)]);
      this.#round = { assignment, collector: undefined, refused: error, over, users: 0 };
    }
    return this.#round;
  }
}

const NEVER = new AbortController().signal;

/** Another has a partition: the next generation says who. */
function isOfOthers(error: unknown): boolean {
  return hasCode(error, 'JOURNAL_LOST') || hasCode(error, 'JOURNAL_REASSIGNED');
}
