/**
 * `audit-relay replay`: what the journal holds of a time goes to one sink once more. It says what that is and what it is not,
 * gives the request to the agent that runs on the journal, or relays in this process where none does, and shows how far it is.
 */
import { resolve } from 'node:path';
import { fileSink, openOfflineControl, RelayError, readJournal, type SinkOptions } from '@audit-relay/core';
import { withAgent } from '../agent-for-a-while.ts';
import { quietLog, unknownName, without } from '../asking.ts';
import { createStages, stageOf } from '../backfill/display.ts';
import { embeddedOf, folderOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import { errorText } from '../error-text.ts';
import type { AgentLog } from '../log.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { type JournalReader, type ReplayRequest, relayOf } from '../relay-access.ts';
import {
  type FollowedReplay,
  followReplay,
  percentOfReplay,
  type ReplayFollowing,
  replayLine,
} from '../replay/follow.ts';
import { type Counts, countsText, type ReplayPlan, replayPlanOf, replayPlanText } from '../replay/plan.ts';
import { endingText, type Report, reportOf } from '../replay/report.ts';
import { checkedRequest, overwriteRefusal, type Wanted } from '../replay/request.ts';
import { systemRuntime } from '../runtime.ts';
import { type StopSignal, stopSignal } from '../stopping.ts';
import { type Board, createBoard } from '../summary.ts';

interface Named {
  /** Path of the YAML file. */
  readonly config: string;
  readonly json: boolean;
}

/** What the command line said. */
export interface ReplayOptions extends Wanted, Named {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
}

/** Resolves with the exit code: 1 also when it was interrupted, or not all of it could be sent. */
export async function replay(options: ReplayOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const nowMs = Date.now();
  const request = checkedRequest(options, reading.config.sinks, nowMs);
  const sink = reading.config.sinks[options.sink];
  if (typeof request === 'string' || sink === undefined) {
    io.talk(typeof request === 'string' ? `${request}\n` : '');
    return EXIT.usage;
  }
  const refusal = options.overwrite ? overwriteRefusal(sink) : undefined;
  if (refusal !== undefined) {
    io.talk(errorText(new RelayError('OVERWRITE_UNSUPPORTED', `sink ${options.sink} cannot overwrite: ${refusal}`)));
    return EXIT.failed;
  }
  const job = jobOf({ reading, request, sink, nowMs, isDry: options.dryRun }, io);
  return ended(job, async () => {
    const report = await carryOut(job);
    if (options.json) io.out(without(reading.secrets, `${JSON.stringify(report, null, 2)}\n`));
    return report.outcome === 'planned' || report.outcome === 'replayed' ? EXIT.done : EXIT.failed;
  });
}

interface Job extends Pick<ReplayFollowing, 'request' | 'runtime' | 'show'> {
  readonly reading: GoodReading;
  readonly sink: SinkOptions;
  /** When the command was given. */
  readonly nowMs: number;
  readonly isDry: boolean;
  readonly log: AgentLog;
  readonly stop: StopSignal;
  readonly board: Board;
}

function jobOf(
  given: Pick<Job, 'reading' | 'request' | 'sink' | 'nowMs' | 'isDry'>,
  io: ProcessIO,
): Omit<Job, 'runtime'> & { readonly runtime: ReturnType<typeof systemRuntime> } {
  const { reading } = given;
  const columns = (): number | undefined => io.columns();
  const board = createBoard((text) => io.talk(without(reading.secrets, text)), columns);
  const log = quietLog(reading, { ...io, talk: (text) => board.print(text) });
  const runtime = systemRuntime(log.log);
  const stages = createStages({ board, columns, runtime });
  const show: Job['show'] = (progress, troubles) =>
    stages([replayLine(progress, columns()), ...troubles], stageOf(percentOfReplay(progress)));
  return { ...given, log, runtime, board, show, stop: stopSignal(log.log) };
}

async function ended({ board, stop }: Pick<Job, 'board' | 'stop'>, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    board.show([]);
    board.print(errorText(error));
    return EXIT.failed;
  } finally {
    stop.release();
  }
}

async function carryOut(job: Job): Promise<Report> {
  const { board, isDry, request, reading } = job;
  const path = resolve(folderOf(reading.config.journal));
  const { plan, counts, isHeld } = await lookAt(job, path);
  board.print(replayPlanText(plan));
  if (counts !== undefined) board.print(countsText(counts));
  if (isDry) {
    board.print('nothing was changed: this is what would be done\n');
    return reportOf({ plan, counts, followed: undefined });
  }
  const begunMs = job.runtime.elapsedMs();
  const followed = isHeld ? await askAgent(job, path) : await relayUntilDone(job);
  board.show([]);
  board.print(endingText(followed, { sink: request.sink, isHeld, tookMs: job.runtime.elapsedMs() - begunMs }));
  return reportOf({ plan, counts, followed });
}

interface Looked {
  readonly plan: ReplayPlan;
  /** Of a dry run. */
  readonly counts: Counts | undefined;
  readonly isHeld: boolean;
}

/** @throws RelayError `JOURNAL_MISSING` and what else refuses a journal. */
async function lookAt(job: Job, path: string): Promise<Looked> {
  const { request, nowMs, sink, reading, isDry } = job;
  const reader = await readJournal(path);
  try {
    const plan = replayPlanOf(request, {
      sources: reading.config.sources,
      held: reader.replayable(),
      checkpoints: reader.checkpoints(),
      liveSeconds: LIVE_SECONDS,
      nowMs,
      isFile: sink.plugin === fileSink,
      couldOverwrite: !request.overwrite && overwriteRefusal(sink) === undefined,
    });
    return { plan, counts: isDry ? await countOf(job, reader) : undefined, isHeld: await reader.isHeld() };
  } finally {
    await reader.close();
  }
}

/** What has just happened is read by polling. */
const LIVE_SECONDS = 300;

function countOf({ request, sink, reading }: Job, reader: JournalReader): Promise<Counts> {
  const { when } = sink.lane;
  const { normalization } = reading.config;
  return reader.countReplayable(request.sink, request, { when, normalization });
}

async function askAgent(job: Job, path: string): Promise<FollowedReplay> {
  job.board.print('the agent that runs on the journal does it; Ctrl-C leaves the request with it\n');
  const reader = await readJournal(path);
  try {
    return await followReplay({ ...job, relay: relayOf(reader) }, job.stop.signal);
  } finally {
    await reader.close();
  }
}

function relayUntilDone(job: Job): Promise<FollowedReplay> {
  job.board.print('no agent runs on the journal: this process relays until it is done; Ctrl-C stops it\n');
  return withAgent(job, (relay, signal) => followReplay({ ...job, relay }, signal));
}

/** Ends the replay of a sink where it stands, by the agent or instead of it. Resolves with the exit code. */
export async function stopReplay(
  { sink, config, json }: Named & Pick<ReplayRequest, 'sink'>,
  io: ProcessIO,
): Promise<number> {
  const reading = await readConfig(config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const { sinks, journal } = reading.config;
  if (!Object.hasOwn(sinks, sink)) {
    io.talk(`${unknownName('sink', sink, Object.keys(sinks))}\n`);
    return EXIT.usage;
  }
  try {
    const wasRunning = await stopIn(sink, { reading, journal }, io);
    if (json) io.out(`${JSON.stringify({ sink, stopped: wasRunning }, null, 2)}\n`);
    else
      io.talk(
        `sink ${sink}: ${wasRunning ? 'its replay is ended; audit-relay status says where' : 'no replay is under way'}\n`,
      );
    return EXIT.done;
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}

async function stopIn(
  sink: string,
  { reading, journal }: { readonly reading: GoodReading; readonly journal: GoodReading['config']['journal'] },
  io: ProcessIO,
): Promise<boolean> {
  const reader = await readJournal(resolve(folderOf(journal)));
  const isHeld = await reader.isHeld();
  try {
    if (isHeld) return await relayOf(reader).stopReplay(sink);
  } finally {
    await reader.close();
  }
  const control = await openOfflineControl(embeddedOf(journal), systemRuntime(quietLog(reading, io).log));
  try {
    return await control.endReplay(sink);
  } finally {
    await control.close();
  }
}
