/**
 * `audit-relay replay`: what the journal holds of a time goes to one sink once more. It says what that is and what it is not,
 * gives the order to the agent that runs on the journal, or relays in this process where none does, and shows how far it is.
 */
import { resolve } from 'node:path';
import { fileSink, openOrders, readJournal, type SinkOptions } from '@audit-relay/core';
import { withAgent } from '../agent-for-a-while.ts';
import { quietLog, unknownName, without } from '../asking.ts';
import { createStages, stageOf } from '../backfill/display.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import type { AgentLog } from '../log.ts';
import { type JournalReader, type ReplayOrder, relayOf } from '../relay-access.ts';
import {
  type FollowedReplay,
  followReplay,
  percentOfReplay,
  type ReplayFollowing,
  replayLine,
} from '../replay/follow.ts';
import { checkedOrder, overwriteRefusal, type Wanted } from '../replay/order.ts';
import { type Counts, countsText, type ReplayPlan, replayPlanOf, replayPlanText } from '../replay/plan.ts';
import { endingText, type Report, reportOf } from '../replay/report.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, messageOf, type StopSignal, stopSignal } from '../stopping.ts';
import { type Board, createBoard } from '../summary.ts';
import { EXIT, type Surroundings } from '../surroundings.ts';

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
export async function replay(options: ReplayOptions, surroundings: Surroundings): Promise<number> {
  const reading = await readConfig(options.config, surroundings.env);
  if (!isGood(reading)) {
    surroundings.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const nowMs = Date.now();
  const order = checkedOrder(options, reading.config.sinks, nowMs);
  const sink = reading.config.sinks[options.sink];
  if (typeof order === 'string' || sink === undefined) {
    surroundings.talk(typeof order === 'string' ? `${order}\n` : '');
    return EXIT.usage;
  }
  const refusal = options.overwrite ? overwriteRefusal(sink) : undefined;
  if (refusal !== undefined) {
    surroundings.talk(`OVERWRITE_UNSUPPORTED: sink ${options.sink} cannot overwrite: ${refusal}\n`);
    return EXIT.failed;
  }
  const job = jobOf({ reading, order, sink, nowMs, isDry: options.dryRun }, surroundings);
  return ended(job, async () => {
    const report = await carryOut(job);
    if (options.json) surroundings.out(without(reading.secrets, `${JSON.stringify(report, null, 2)}\n`));
    return report.outcome === 'planned' || report.outcome === 'replayed' ? EXIT.done : EXIT.failed;
  });
}

interface Job extends Pick<ReplayFollowing, 'order' | 'runtime' | 'show'> {
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
  given: Pick<Job, 'reading' | 'order' | 'sink' | 'nowMs' | 'isDry'>,
  surroundings: Surroundings,
): Omit<Job, 'runtime'> & { readonly runtime: ReturnType<typeof systemRuntime> } {
  const { reading } = given;
  const columns = (): number | undefined => surroundings.columns();
  const board = createBoard((text) => surroundings.talk(without(reading.secrets, text)), columns);
  const log = quietLog(reading, { ...surroundings, talk: (text) => board.print(text) });
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
    board.print(`${codeOf(error) ?? 'UNCAUGHT'}: ${messageOf(error)}\n`);
    return EXIT.failed;
  } finally {
    stop.release();
  }
}

async function carryOut(job: Job): Promise<Report> {
  const { board, isDry, order, reading } = job;
  const path = resolve(reading.config.journal.path);
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
  board.print(endingText(followed, { sink: order.sink, isHeld, tookMs: job.runtime.elapsedMs() - begunMs }));
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
  const { order, nowMs, sink, reading, isDry } = job;
  const reader = await readJournal(path);
  try {
    const plan = replayPlanOf(order, {
      sources: reading.config.sources,
      held: reader.replayable(),
      checkpoints: reader.checkpoints(),
      liveSeconds: LIVE_SECONDS,
      nowMs,
      isFile: sink.plugin === fileSink,
      couldOverwrite: !order.overwrite && overwriteRefusal(sink) === undefined,
    });
    return { plan, counts: isDry ? await countOf(job, reader) : undefined, isHeld: await reader.isHeld() };
  } finally {
    await reader.close();
  }
}

/** What has just happened is read by polling. */
const LIVE_SECONDS = 300;

function countOf({ order, sink, reading }: Job, reader: JournalReader): Promise<Counts> {
  const { when } = sink.lane;
  const { normalization } = reading.config;
  return reader.countReplayable(order.sink, order, { when, normalization });
}

async function askAgent(job: Job, path: string): Promise<FollowedReplay> {
  job.board.print('the agent that runs on the journal does it; Ctrl-C leaves the order with it\n');
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
  { sink, config, json }: Named & Pick<ReplayOrder, 'sink'>,
  surroundings: Surroundings,
): Promise<number> {
  const reading = await readConfig(config, surroundings.env);
  if (!isGood(reading)) {
    surroundings.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const { sinks, journal } = reading.config;
  if (!Object.hasOwn(sinks, sink)) {
    surroundings.talk(`${unknownName('sink', sink, Object.keys(sinks))}\n`);
    return EXIT.usage;
  }
  try {
    const wasRunning = await stopIn(sink, { reading, journal }, surroundings);
    if (json) surroundings.out(`${JSON.stringify({ sink, stopped: wasRunning }, null, 2)}\n`);
    else
      surroundings.talk(
        `sink ${sink}: ${wasRunning ? 'its replay is ended; audit-relay status says where' : 'no replay is under way'}\n`,
      );
    return EXIT.done;
  } catch (error) {
    surroundings.talk(`${codeOf(error) ?? 'UNCAUGHT'}: ${messageOf(error)}\n`);
    return EXIT.failed;
  }
}

async function stopIn(
  sink: string,
  { reading, journal }: { readonly reading: GoodReading; readonly journal: GoodReading['config']['journal'] },
  surroundings: Surroundings,
): Promise<boolean> {
  const reader = await readJournal(resolve(journal.path));
  const isHeld = await reader.isHeld();
  try {
    if (isHeld) return await relayOf(reader).stopReplay(sink);
  } finally {
    await reader.close();
  }
  const orders = await openOrders(journal, systemRuntime(quietLog(reading, surroundings).log));
  try {
    return await orders.endReplay(sink);
  } finally {
    await orders.close();
  }
}
