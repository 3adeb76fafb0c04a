/**
 * What the relay of a scenario has put into its journal, as seen at the journal's door: every commit of every run, in
 * order, with what it claims to have read. `verdict.ts` holds it against the truth.
 */
import type { Checkpoint, Entry, Feed, FeedCommit, SourceJournal, Span } from './core.ts';
import type { FirstPage, Mortal } from './network.ts';
import { ReIngests, withoutSpans } from './re-ingests.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { World } from './world.ts';

/** How often the journal looks whether its disk has room again, in milliseconds. */
const DISK_RETRY_MS = 5000;

/** A stretch of time that a commit has declared to be read for the first time. */
export interface Claim {
  readonly feed: Feed;
  /** Seconds. */
  readonly span: Span;
  /** The number of the commit; what stands in it or before may be called read. */
  readonly commit: number;
  /** What was visible before, the relay was shown: milliseconds by the simulator's clock. */
  readonly shownMs: number;
}

/** An entry with the number of the commit that brought it. */
export interface Written {
  readonly entry: Entry;
  readonly commit: number;
}

/** How a feed began. */
export interface Beginning {
  /** When its first checkpoint was committed, and when the one whose start is final, in milliseconds. */
  readonly begunMs: number;
  settledMs?: number;
  /** Who committed the first. */
  readonly by: Mortal;
  /** Another process has waited as well: nobody knows how long none ran. */
  isRestarted?: true;
}

export class Oracle {
  readonly written: Written[] = [];
  readonly claims: Claim[] = [];
  /** Promises about single commits that were broken, in words. */
  readonly broken: string[] = [];
  readonly beginnings: Map<Feed, Beginning> = new Map();
  readonly checkpoints: Map<Feed, Checkpoint> = new Map();
  readonly reIngests: ReIngests = new ReIngests();
  #commits = 0;

  /** The journal of one run as its source sees it; `asker` is that run. */
  door(journal: SourceJournal, world: World, asker: Committer): SourceJournal {
    const { time } = world;
    return {
      checkpoint: (feed) => (asker.isAlive ? journal.checkpoint(feed) : this.checkpoints.get(feed)),
      commit: async (commit, signal) => {
        asker.step();
        await roomFor(commit, { world, asker, signal });
        let advanced: readonly [before: Checkpoint | undefined, after: Checkpoint] | undefined;
        const advance: FeedCommit['advance'] = (current) => {
          // It died after it had asked for the commit and before that began.
          if (!asker.isAlive) throw new Error('dead');
          const next = commit.advance(current);
          advanced = [current, next];
          return next;
        };
        const work = journal.commit({ ...commit, advance }, signal).then((result) => {
          // Committed is committed, also when nobody lives to hear of it.
          if (advanced !== undefined) this.#note(commit, { journaled: result.journaled, advanced, asker, time });
          if (advanced !== undefined && isPart(commit, advanced)) asker.journaledPart();
          asker.step();
          return result;
        });
        return asker.orNever(time.during(work));
      },
      doubt: (origin) => journal.doubt(origin),
      decideOrigin: (origin, judgement) => asker.orNever(time.during(journal.decideOrigin(origin, judgement))),
      keepEvidence: (evidence) => (asker.isAlive ? journal.keepEvidence(evidence) : undefined),
    };
  }

  #note(commit: FeedCommit, { journaled, advanced: [before, after], asker, time }: Committed): void {
    const { feed, entries } = commit;
    this.#commits += 1;
    for (const entry of journaled) this.written.push({ entry, commit: this.#commits });
    this.reIngests.note({ feed, commit: this.#commits, journaled }, before, after);
    this.checkpoints.set(feed, after);
    if (!isAscending(entries) || !isAscending(journaled))
      this.broken.push(`commit ${this.#commits} is not in order of time`);
    if (before !== undefined && !before.startProvisional && after.startSeconds > before.startSeconds)
      this.broken.push(`commit ${this.#commits} moves the start of ${feed} forward`);
    this.#noteBeginning(feed, after, { asker, time });
    for (const span of newlyDone(before, after)) {
      const shownMs = asker.shownMs(feed, span);
      if (shownMs === undefined)
        this.broken.push(`commit ${this.#commits} claims ${feed} ${span.from}..${span.to}: never asked for`);
      else this.claims.push({ feed, span, commit: this.#commits, shownMs });
    }
  }

  #noteBeginning(feed: Feed, after: Checkpoint, { asker, time }: Pick<Committed, 'asker' | 'time'>): void {
    const beginning = this.beginnings.get(feed) ?? { begunMs: time.nowMs, by: asker };
    this.beginnings.set(feed, beginning);
    if (beginning.settledMs !== undefined) return;
    if (beginning.by !== asker) beginning.isRestarted = true;
    // While it waits it may move back.
    if (!after.startProvisional && after.waiting === undefined) beginning.settledMs = time.nowMs;
  }
}

/** A part of a window that is not at its end: the process may die between its pages. */
function isPart(
  { entries, again }: FeedCommit,
  [before, after]: readonly [before: Checkpoint | undefined, after: Checkpoint],
): boolean {
  return entries.length > 0 && again !== true && after.done === before?.done;
}

/** Somebody who commits, and may die before or after. */
export interface Committer extends Mortal {
  /** It has journaled a part of a window. */
  journaledPart(): void;
  /** Since when at the latest this run was shown all that was visible in `span`; undefined: it never was. */
  shownMs(feed: Feed, span: Span): number | undefined;
}

interface Committed {
  readonly journaled: readonly Entry[];
  readonly advanced: readonly [before: Checkpoint | undefined, after: Checkpoint];
  readonly asker: Committer;
  readonly time: VirtualTime;
}

/**
 * The earliest first page that may stand behind a claim: it covers the span, and its `Date` lies more than a second
 * past the span's end. An earlier one than the true one makes the claim weaker, never wrong.
 */
export function earliestShown(pages: readonly FirstPage[], feed: Feed, span: Span): number | undefined {
  const page = pages.find(
    (shown) => shown.feed === feed && shown.from <= span.from && shown.to >= span.to && shown.dateS - 1 >= span.to,
  );
  return page?.madeMs;
}

/** What `after` calls done and `before` did not. */
function newlyDone(before: Checkpoint | undefined, after: Checkpoint): readonly Span[] {
  return withoutSpans(after.done, before?.done ?? []);
}

/** A commit with entries waits while the disk is full, as in the journal itself; progress alone has a place that is held back. */
async function roomFor(
  { entries, malformedRecords = [] }: FeedCommit,
  { world, asker, signal }: { readonly world: World; readonly asker: Committer; readonly signal: AbortSignal },
): Promise<void> {
  while (world.isDiskFull && entries.length + malformedRecords.length > 0)
    await asker.orNever(world.host.sleep(DISK_RETRY_MS, signal));
}

function isAscending(entries: readonly Entry[]): boolean {
  return entries.every((entry, index) => index === 0 || (entries[index - 1]?.timeMs ?? 0) <= entry.timeMs);
}
