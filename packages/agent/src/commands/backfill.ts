/**
 * `audit-relay backfill`: reads a time of the past. It says what that means, gives the request to the agent that runs
 * on the journal, or relays in this process where none does, and shows how far it is.
 */
import { resolve } from 'node:path';
import { readJournal } from '@audit-relay/core';
import { withAgent } from '../agent-for-a-while.ts';
import { type QuietLog, quietLog, without } from '../asking.ts';
import { createDisplay } from '../backfill/display.ts';
import { type Followed, type Following, follow } from '../backfill/follow.ts';
import { type Estimate, filesAmong, isUnknown, type Known, planOf, planText } from '../backfill/plan.ts';
import { type Ending, endingText, type Report, reportOf } from '../backfill/report.ts';
import { type Checked, checkedRequest, type Wanted } from '../backfill/request.ts';
import { folderOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import { doctorOf } from '../doctor/source.ts';
import { errorText } from '../error-text.ts';
import { rulesOf, rulesOn } from '../exclusions.ts';
import type { Span } from '../journal-account.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { relayOf } from '../relay-access.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, type StopSignal, stopSignal } from '../stopping.ts';
import { type Board, createBoard } from '../summary.ts';

/** What the command line said. */
export interface BackfillOptions extends Wanted {
  /** Path of the YAML file. */
  readonly config: string;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Resolves with the exit code: 1 also when it was interrupted. */
export async function backfill(options: BackfillOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const nowMs = Date.now();
  const checked = checkedRequest(options, reading.config.sources, nowMs);
  if (typeof checked === 'string') {
    io.talk(`${checked}\n`);
    return EXIT.usage;
  }
  const job = jobOf({ reading, ...checked, nowMs, isDry: options.dryRun }, io);
  try {
    const report = await carryOut(job);
    if (options.json) io.out(without(reading.secrets, `${JSON.stringify(report, null, 2)}\n`));
    return GOOD.has(report.outcome) ? EXIT.done : EXIT.failed;
  } catch (error) {
    job.board.print(errorText(error));
    return EXIT.failed;
  } finally {
    job.stop.release();
  }
}

const GOOD: ReadonlySet<Ending> = new Set(['planned', 'nothing', 'read', 'delivered']);

interface Job extends Checked, Pick<Following, 'runtime' | 'display'> {
  readonly reading: GoodReading;
  /** When the command was given. */
  readonly nowMs: number;
  readonly isDry: boolean;
  readonly log: QuietLog;
  readonly stop: StopSignal;
  readonly board: Board;
  readonly isTerminal: boolean;
}

function jobOf(given: Pick<Job, 'reading' | 'request' | 'source' | 'nowMs' | 'isDry'>, io: ProcessIO): Job {
  const { reading } = given;
  const columns = (): number | undefined => io.columns();
  const board = createBoard((text) => io.talk(without(reading.secrets, text)), columns);
  const log = quietLog(reading, { ...io, talk: (text) => board.print(text) });
  const runtime = systemRuntime(log.log);
  const display = createDisplay({ board, columns, runtime });
  const isTerminal = columns() !== undefined;
  return { ...given, log, runtime, display, board, isTerminal, stop: stopSignal(log.log) };
}

async function carryOut(job: Job): Promise<Report> {
  const { reading, request, board, isDry } = job;
  const path = resolve(folderOf(reading.config.journal));
  const { isHeld, checkpoints } = await lookAt(path);
  const plan = planOf(request, knownOf(job, checkpoints[request.source] ?? {}, isHeld));
  const estimate = plan.toRead === undefined ? undefined : await estimateOf(job, plan.toRead);
  board.print(planText(plan, estimate));
  const report = (outcome: Ending, followed?: Followed): Report => reportOf({ plan, estimate, outcome, followed });
  if (isDry) {
    board.print('nothing was changed: this is what would be done\n');
    return report(estimate !== undefined && isUnknown(estimate, plan.feeds) ? 'unknown' : 'planned');
  }
  if (plan.toRead === undefined) return report('nothing');
  const begunMs = job.runtime.elapsedMs();
  const followed = isHeld ? await askAgent(job, path) : await relayUntilDone(job);
  board.show([]);
  board.print(endingText(followed, { isHeld, tookMs: job.runtime.elapsedMs() - begunMs }));
  return report(followed.outcome, followed);
}

interface JournalLook {
  /** Whether an agent runs on it. */
  readonly isHeld: boolean;
  /** By source; empty without a journal. */
  readonly checkpoints: Readonly<Record<string, Known['checkpoints']>>;
}

async function lookAt(path: string): Promise<JournalLook> {
  try {
    const reader = await readJournal(path);
    const look = { isHeld: await reader.isHeld(), checkpoints: reader.checkpoints() };
    await reader.close();
    return look;
  } catch (error) {
    if (codeOf(error) === 'JOURNAL_MISSING') return { isHeld: false, checkpoints: {} };
    throw error;
  }
}

/** What an agent has not polled yet when it polls so often is no gap. */
function knownOf({ source, request, reading, nowMs }: Job, checkpoints: Known['checkpoints'], isHeld: boolean): Known {
  const { feeds, poll_interval: pollMs } = source;
  const exclusions = rulesOn(request, rulesOf(reading.config.sinks), nowMs);
  const files = filesAmong(reading.config.sinks);
  return { feeds, checkpoints, liveSeconds: isHeld ? pollMs / 1_000 + POLL_SECONDS : 0, exclusions, files };
}

/** A poll that is late, and the second that may still be filling. */
const POLL_SECONDS = 60;

/** @throws RelayError `STOPPED` when a signal comes first. */
async function estimateOf({ source, log, stop, board, isTerminal }: Job, span: Span): Promise<Estimate> {
  const doctor = doctorOf(source, log);
  if (isTerminal) board.show(['looking at a few pages of that time']);
  try {
    return await doctor.estimate(span, stop.signal);
  } finally {
    if (isTerminal) board.show([]);
    await doctor.close();
  }
}

async function askAgent(job: Job, path: string): Promise<Followed> {
  job.board.print('the agent that runs on the journal reads it; Ctrl-C leaves the request with it\n');
  const reader = await readJournal(path);
  try {
    return await follow({ ...job, relay: relayOf(reader), untilDelivered: false }, job.stop.signal);
  } finally {
    await reader.close();
  }
}

/** To the end of the request. */
function relayUntilDone(job: Job): Promise<Followed> {
  job.board.print('no agent runs on the journal: this process relays until all is delivered; Ctrl-C stops it\n');
  return withAgent(job, (relay, signal) => follow({ ...job, relay, untilDelivered: true }, signal));
}
