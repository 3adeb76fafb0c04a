/** `audit-relay run`: reads the configuration and relays until a signal ends it, or with `--once` until all is delivered. */
import type { Log } from '@audit-relay/core';
import { type Agent, type AgentOptions, startAgent, withSecretsOfNow } from '../agent.ts';
import { roleAlone } from '../config/journal.ts';
import { problemLine, problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import type { LogLevel } from '../config/schema.ts';
import { errorText } from '../error-text.ts';
import { ERRORS_PAGE } from '../errors-page.ts';
import { hangUps } from '../live/hang-up.ts';
import { type AgentLog, createLog } from '../log.ts';
import { missingOf, untilDelivered } from '../once.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { type Role, rolesOf } from '../roles.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, drain, keptRunning, messageOf, stopSignal, unread } from '../stopping.ts';
import { journaledOf } from '../summary.ts';
import { tellEnd } from '../termination.ts';
import { endOnUncaught } from '../uncaught.ts';

/** What the command line said. */
export interface RunOptions {
  /** Path of the YAML file. */
  readonly config: string;
  /** Goes before the configuration's. */
  readonly logLevel?: LogLevel;
  /** How long a drain may take, in milliseconds. */
  readonly graceMs: number;
  /** Read up to now, deliver all of it and end. */
  readonly once?: boolean;
  /** With `once`: how long an API may give no answer, or a sink take nothing, in milliseconds; half a minute by default. */
  readonly patienceMs?: number;
  /** Of the work that several agents share, what this one does; absent: all. */
  readonly role?: Role;
  /** File that is told the reason of an end that nobody asked for; absent: none. */
  readonly terminationLog?: string;
}

const PATIENCE_MS = 30_000;

/** Resolves with the exit code. */
export async function run(options: RunOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  const tell = (text: string): void => tellEnd({ file: options.terminationLog, text, secrets: reading.secrets });
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    // What ends it is told, and not what is merely odd.
    tell(problemList(reading.problems.filter(({ level }) => level === 'error')));
    return EXIT.badConfig;
  }
  const alone = roleAlone(options.role, reading.config.journal);
  if (alone !== undefined) return sayAll(errorText(alone), [(text) => io.talk(text), tell]);
  const agentLog = createLog({
    config: { ...reading.config.log, ...(options.logLevel === undefined ? {} : { level: options.logLevel }) },
    terminal: io.columns() !== undefined,
    write: (text) => io.talk(text),
  });
  const reader = unread(reading.config, agentLog.log);
  const { log } = reader;
  agentLog.hide(reading.secrets);
  for (const warning of reading.problems) log('warn', warning.code, problemLine(warning));
  endOnUncaught(log);
  const stop = stopSignal(log);
  const hung = options.once === true ? undefined : hangUps({ events: process, stop: () => stop.stop('SIGHUP') });
  try {
    const signal = AbortSignal.any([stop.signal, reader.signal]);
    let last: Agent | undefined;
    const started = async (): Promise<Agent> => {
      hung?.keep();
      // Opened anew, it goes on with what was taken over meanwhile: an older configuration may lack a sink that events are kept for.
      const now = last === undefined ? reading : await withSecretsOfNow(last.inForce());
      const begun = agentOptions(options, now, { ...agentLog, log });
      const agent = await startAgent(options.once === true ? begun : { ...begun, stop: signal });
      last = agent;
      hung?.take(() => agent.reloadSoon());
      return agent;
    };
    if (options.once !== true) {
      const agent = await keptRunning(started, signal, log);
      hung?.close();
      await drain(agent, options.graceMs, log);
      return EXIT.done;
    }
    const agent = await started();
    const missing = await onceThrough(agent, options, signal);
    const before = agent.relay.status();
    await drain(agent, options.graceMs, log);
    return sayOutcome([...missing, ...missingOf(before, agent.relay.status())], agent, log);
  } catch (error) {
    const code = codeOf(error) ?? 'UNCAUGHT';
    if (code === 'STOPPED') {
      log('info', code, 'stopped while the journal could not be opened');
      return EXIT.done;
    }
    log('error', code, messageOf(error), { docs: ERRORS_PAGE });
    tell(errorText(error));
    return EXIT.failed;
  }
}

function sayAll(text: string, all: readonly ((text: string) => void)[]): number {
  for (const say of all) say(text);
  return EXIT.usage;
}

/** What ends by itself has one configuration, and takes any port. */
function agentOptions(
  { once, graceMs, logLevel, role }: RunOptions,
  reading: GoodReading,
  log: AgentLog,
): AgentOptions {
  // What the command line said stays so.
  const setLevel = logLevel === undefined ? log.setLevel : (): void => undefined;
  const roles = rolesOf(role);
  if (once === true) return { reading: onAnyPort(reading), log, roles };
  return { reading, log: { ...log, setLevel }, roles, followMs: graceMs };
}

/** Nobody scrapes what ends by itself, and it may start while an agent of another journal has the port. */
function onAnyPort(reading: GoodReading): GoodReading {
  return { ...reading, config: { ...reading.config, http: { listen: { host: '127.0.0.1', port: 0 } } } };
}

/** What keeps it from being delivered, a line each; a signal is one too. @throws RelayError `JOURNAL_LOST` */
async function onceThrough(
  { relay }: Agent,
  { patienceMs = PATIENCE_MS }: RunOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const waiting = { runtime: systemRuntime(() => undefined), patienceMs };
    const hindrance = await untilDelivered(relay, waiting, AbortSignal.any([signal, relay.lost]));
    return hindrance === undefined ? [] : [hindrance];
  } catch (error) {
    if (!signal.aborted) throw error;
    return [messageOf(error)];
  }
}

function sayOutcome(missing: readonly string[], { relay }: Agent, log: Log): number {
  const status = relay.status();
  const journaled = journaledOf(status);
  const acked = Object.fromEntries(Object.entries(status.lanes).map(([sink, lane]) => [sink, lane.acked]));
  if (missing.length === 0) {
    log('info', 'ONCE_DELIVERED', `everything up to now is delivered: ${journaled} new event(s)`, { journaled, acked });
    return EXIT.done;
  }
  const text = `not everything was delivered, and the next run goes on where this one ends: ${missing.join('; ')}`;
  log('error', 'ONCE_INCOMPLETE', text, { journaled, acked, docs: ERRORS_PAGE });
  return EXIT.failed;
}
