/**
 * `audit-relay demo`: the whole path without any account. A simulated API, the journal, and two files,
 * one of ECS and one of OCSF documents, all in one folder. With OPENAI_ADMIN_KEY: the real API.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RelayStatus } from '@audit-relay/core';
import { isLoopbackHost } from '@audit-relay/sink-http';
import { type Agent, startAgent } from '../agent.ts';
import { nameOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, type Reading, readConfigText } from '../config/read.ts';
import { type LogLevel, parseListen } from '../config/schema.ts';
import { type DemoSource, demoConfig, flagsOf, planOf, type WantedPlan } from '../demo/plan.ts';
import { type DemoSimulator, findSimulator, startSimulatorProcess } from '../demo/simulator.ts';
import { ERRORS_PAGE } from '../errors-page.ts';
import { type AgentLog, createLog } from '../log.ts';
import { untilDelivered, type Waiting } from '../once.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, drain, messageOf, type StopSignal, stopSignal, untilStopped } from '../stopping.ts';
import { type Board, createBoard, journaledOf, type Look, summaryLines } from '../summary.ts';
import { endOnUncaught } from '../uncaught.ts';

/** What the command line said; durations in milliseconds. */
export interface DemoOptions {
  readonly dir: string;
  /** Read everything there is, deliver it, and end. */
  readonly once: boolean;
  /** `host:port`; port 0 takes any free one. */
  readonly listen: string;
  readonly logLevel: LogLevel;
  readonly graceMs: number;
  /** With the real API: read from this time on. RFC 3339, or a date. */
  readonly from?: string;
  /** Of the simulator; the first demo in a folder decides it, and another wish is refused later. */
  readonly simulator: WantedPlan;
  /** With `once`: for how long the API may give no answer, in milliseconds; half a minute unless a test says otherwise. */
  readonly patienceMs?: number;
}

const KEY_VARIABLE = 'OPENAI_ADMIN_KEY';
const REAL_FOLDER = 'openai';
const REDRAW_MS = 500;
const LINE_MS = 5_000;
const PATIENCE_MS = 30_000;

/** Resolves with the exit code. */
export async function demo(options: DemoOptions, io: ProcessIO): Promise<number> {
  const real = io.env[KEY_VARIABLE] !== undefined && io.env[KEY_VARIABLE] !== '';
  const misused = misuse(options, real);
  if (misused !== undefined) {
    io.talk(`${misused}\n`);
    return EXIT.usage;
  }
  const board = createBoard(
    (text) => io.talk(text),
    () => io.columns(),
  );
  const agentLog = createLog({
    config: { level: options.logLevel },
    terminal: io.columns() !== undefined,
    write: (text) => board.print(text),
  });
  endOnUncaught(agentLog.log);
  const stop = stopSignal(agentLog.log);
  let simulator: DemoSimulator | undefined;
  try {
    const folder = folderOf(options, real);
    // Before the folder: a demo that cannot begin leaves no plan that a later one would have to follow.
    const bin = real ? undefined : findSimulator();
    mkdirSync(folder, { recursive: true });
    if (bin !== undefined) simulator = await startSimulatorProcess(bin, planOf(folder, options.simulator, Date.now()));
    const reading = await readDemo({ folder, options, simulator }, io);
    if (!isGood(reading)) return EXIT.badConfig;
    return await relayDemo({ reading, folder, options, board, agentLog, stop, api: apiOf(reading) }, io);
  } catch (error) {
    agentLog.log('error', codeOf(error) ?? 'UNCAUGHT', messageOf(error), { docs: ERRORS_PAGE });
    return EXIT.failed;
  } finally {
    simulator?.close();
    stop.release();
  }
}

/** An option that would not be followed is refused. */
function misuse({ once, from, simulator, listen }: DemoOptions, real: boolean): string | undefined {
  if (!real && from !== undefined) return `--from is for the real API: it needs ${KEY_VARIABLE}.`;
  if (!real) return undefined;
  if (!isLoopbackHost(parseListen(listen)?.host ?? ''))
    return `With ${KEY_VARIABLE} set, --listen is on loopback: audit-relay run has an http.token for other addresses.`;
  const flags = flagsOf(simulator);
  if (flags.length > 0) return `With ${KEY_VARIABLE} set the real API is read, which has no ${flags.join(', ')}.`;
  if (once && from === undefined)
    return `With ${KEY_VARIABLE} set, --once needs --from: the time to read from, such as 2026-01-01.`;
  return undefined;
}

/** The real log has a folder of its own: in one journal neither log could be told from the other. */
function folderOf({ dir }: DemoOptions, real: boolean): string {
  return real ? resolve(dir, REAL_FOLDER) : resolve(dir);
}

async function readDemo(
  {
    folder,
    options,
    simulator,
  }: { readonly folder: string; readonly options: DemoOptions; readonly simulator: DemoSimulator | undefined },
  io: ProcessIO,
): Promise<Reading> {
  const source = simulator === undefined ? realSource(options) : simulatedSource(simulator);
  const text = demoConfig(folder, options.listen, source);
  // The simulator's key stands there in plain text and is no secret.
  const hide = simulator === undefined ? io.hide : undefined;
  const reading = await readConfigText({ file: 'demo', text, env: io.env, hide });
  io.talk(problemList(reading.problems.filter(({ level }) => level === 'error')));
  return reading;
}

function realSource({ from }: DemoOptions): DemoSource {
  // The variable that OpenAI's own client libraries read, too.
  const baseUrl = '${OPENAI_BASE_URL:-https://api.openai.com/v1}';
  return { apiKey: `\${${KEY_VARIABLE}}`, baseUrl, pollInterval: '10s', ...(from === undefined ? {} : { from }) };
}

function simulatedSource({ url, key, oldestSeconds }: DemoSimulator): DemoSource {
  const from = oldestSeconds === undefined ? {} : { from: new Date(oldestSeconds * 1_000).toISOString() };
  return { apiKey: key, baseUrl: url, pollInterval: '1s', requestsPerSecond: 100, ...from };
}

/** Without the user and password that an address may hold. */
function apiOf({ config }: GoodReading): string {
  const url = new URL(Object.values(config.sources)[0]?.base_url ?? '');
  return `${url.origin}${url.pathname}`;
}

interface Demo {
  readonly folder: string;
  readonly reading: GoodReading;
  readonly options: DemoOptions;
  readonly board: Board;
  readonly agentLog: AgentLog;
  readonly stop: StopSignal;
  /** For the human: where events come from. */
  readonly api: string;
}

async function relayDemo(running: Demo, io: ProcessIO): Promise<number> {
  const { reading, options, board, agentLog, stop, api } = running;
  const agent = await startAgent({ reading, log: agentLog });
  board.print(`api      ${api}\nfolder   ${running.folder}\nstatus   ${agent.url}/ in a browser\n`);
  const finished = new AbortController();
  const shown = showProgress(agent, { board, columns: () => io.columns() }, finished.signal);
  let hindrance: string | undefined;
  try {
    if (options.once) hindrance = await untilDelivered(agent.relay, waitingOf(options), stop.signal);
    else await untilStopped(agent, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  finished.abort();
  await shown;
  const before = agent.relay.status();
  board.show(summaryLines({ status: before, atMs: 0 }, undefined));
  await drain(agent, options.graceMs, agentLog.log);
  // What was on its way has arrived: only now the figures are those that stay.
  const status = agent.relay.status();
  if (hindrance !== undefined) io.talk(`Not everything was read: ${hindrance}\n`);
  io.out(delivered({ reading, status }));
  const isWhole = hindrance === undefined && !stop.signal.aborted && !isRefused(before);
  return options.once && !isWhole ? EXIT.failed : EXIT.done;
}

function waitingOf({ patienceMs = PATIENCE_MS }: DemoOptions): Waiting {
  return { runtime: systemRuntime(() => undefined), patienceMs };
}

/** The API does not let us read: what was delivered is not everything. An organization without a tenant is no failure. */
function isRefused({ sources }: RelayStatus): boolean {
  return Object.values(sources).some(({ feeds }) => feeds.organization?.health === 'paused');
}

/** Until `signal` fires: the block on a terminal, a few lines now and then elsewhere. */
async function showProgress(
  { relay }: Agent,
  { board, columns }: { readonly board: Board; readonly columns: () => number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const runtime = systemRuntime(() => undefined);
  let before: Look | undefined;
  while (!signal.aborted) {
    const now = { status: relay.status(), atMs: runtime.elapsedMs() };
    board.show(summaryLines(now, before));
    before = now;
    await runtime.sleep(columns() === undefined ? LINE_MS : REDRAW_MS, signal).catch(() => undefined);
  }
}

/** The outcome, on stdout: what is where. */
function delivered({ reading, status }: Pick<Demo, 'reading'> & { readonly status: Look['status'] }): string {
  const journal = `journal  ${status.journal.entries} events, ${journaledOf(status)} of them now  ${nameOf(reading.config.journal)}\n`;
  const sinks = Object.entries(reading.config.sinks).map(([name, { config }]) => {
    const { acked = 0, deadLettered = 0 } = status.lanes[name] ?? {};
    const letters = deadLettered === 0 ? '' : `, ${deadLettered} dead letters`;
    return `${name.padEnd(8)} ${acked} events delivered now${letters}  ${Object(config).path}\n`;
  });
  return journal + sinks.join('');
}
