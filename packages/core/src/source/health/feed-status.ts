/** What a feed says about itself, made from its checkpoint, its health and its counts. */
import type { Provenance } from '../../entry.ts';
import type { Checkpoint } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import type { FeedStatus, Health } from '../../status.ts';
import { completeTo, todoOf, todoSeconds } from '../coverage/transitions.ts';
import type { FeedJournal } from '../feed-journal.ts';
import type { FeedCause } from './cause.ts';
import type { FeedHealth } from './health.ts';
import type { FeedTally } from './tally.ts';

/** A commit that takes longer is waiting for room. */
const ROOM_WAIT_MS = 2_000;
/** So many polls without any event ever, and it is worth a word. */
const EMPTY_POLLS = 20;
/** A status is made every second, and read by people. */
const GAPS_SHOWN = 20;

export interface FeedRecord {
  readonly journal: FeedJournal;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  readonly stopped: boolean;
  /** What is wrong with the server's time. */
  readonly clockProblem: string | undefined;
}

export interface PolledFeed {
  readonly provenance: Provenance;
  readonly journal: FeedJournal;
  readonly tally: FeedTally;
  readonly runtime: Pick<Runtime, 'log'>;
}

export function feedStatus({ journal, health, tally, stopped, clockProblem }: FeedRecord): FeedStatus {
  const { checkpoint } = journal;
  const waiting = journal.waitingMs > ROOM_WAIT_MS ? journal.diskProblem : undefined;
  const problem = waiting ?? health.problem ?? clockProblem ?? (looksOff(tally, journal) ? NO_EVENTS : undefined);
  const cause = causeOf({ journal, health, tally, clockProblem });
  const { problemSinceMs } = health;
  return {
    health: stopped ? 'stopped' : healthOf({ journal, health, tally, clockProblem }),
    ...(problem === undefined ? {} : { problem }),
    ...(cause === undefined ? {} : { cause }),
    ...(problemSinceMs === undefined ? {} : { problemSinceMs }),
    ...progressOf(checkpoint),
    backfillWindows: tally.backfill.windows,
    backfillEvents: tally.backfill.events,
    ...(tally.lastAnswerMs === undefined ? {} : { lastAnswerMs: tally.lastAnswerMs }),
    ...(tally.newestEventMs === undefined ? {} : { newestEventMs: tally.newestEventMs }),
    journaled: tally.journaled,
    duplicates: tally.duplicates,
    malformedRecords: tally.malformedRecords,
    outsideWindow: tally.outsideWindow,
    conditions: { ...tally.conditions },
    late: tally.lateness,
    pagesInVain: tally.pagesInVain,
    windows: tally.windows,
    requests: tally.requests,
  };
}

function progressOf(
  checkpoint: Checkpoint | undefined,
): Pick<FeedStatus, 'completeTo' | 'startSeconds' | 'backfillSeconds' | 'gaps' | 'passes'> {
  if (checkpoint === undefined) return { backfillSeconds: 0, gaps: [], passes: {} };
  const complete = completeTo(checkpoint);
  return {
    startSeconds: checkpoint.startSeconds,
    backfillSeconds: todoSeconds(checkpoint),
    gaps: todoOf(checkpoint)
      .slice(0, GAPS_SHOWN)
      .map(({ from, to }) => ({ from, to })),
    // The first scans count from the first answer: nothing is claimed of them before anything is read.
    ...(complete === undefined ? { passes: {} } : { completeTo: complete, passes: { ...checkpoint.passes } }),
  };
}

const NO_EVENTS =
  'no event has ever come: audit logging may be off; an owner turns it on under Organization settings, Data controls';

/** A poll has read its window, which held so many events. That none has ever come is said once. */
export function notePoll({ provenance, journal, tally, runtime }: PolledFeed, events: number): void {
  const before = looksOff(tally, journal);
  tally.emptyPolls = events === 0 ? tally.emptyPolls + 1 : 0;
  if (before || !looksOff(tally, journal)) return;
  const { source, feed } = provenance;
  runtime.log('warn', 'NO_EVENTS_YET', `feed ${feed}: ${NO_EVENTS}`, { source, feed });
}

/** True when answers come and the feed has never shown an event. The tenant feed of a quiet tenant is often empty. */
function looksOff(tally: FeedTally, journal: FeedJournal): boolean {
  return tally.emptyPolls >= EMPTY_POLLS && journal.checkpoint?.sawEvent !== true;
}

/** What holds events up most goes first. */
function causeOf({ journal, health, tally, clockProblem }: Omit<FeedRecord, 'stopped'>): FeedCause | undefined {
  if (!health.isPaused && journal.waitingMs > ROOM_WAIT_MS)
    return journal.diskProblem === undefined ? 'journal_full' : 'journal_disk';
  if (health.cause !== undefined) return health.cause;
  if (clockProblem !== undefined) return 'clock_unsure';
  return looksOff(tally, journal) ? 'no_event_ever' : undefined;
}

function healthOf({ journal, health, tally, clockProblem }: Omit<FeedRecord, 'stopped'>): Health {
  if (health.state === 'paused') return 'paused';
  if (journal.waitingMs > ROOM_WAIT_MS) return 'waiting_for_room';
  if (health.state === 'retrying') return 'retrying';
  if (tally.lastAnswerMs === undefined) return 'starting';
  if (tally.emptyPolls === 0) return 'ok';
  // Where it is not known what time it is, nobody knows whether the polls asked for the right one.
  return clockProblem === undefined ? 'quiet' : 'unsure';
}
