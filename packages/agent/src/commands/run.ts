/** `audit-relay run`: reads the configuration and relays until a signal ends it. */
import { startAgent } from '../agent.ts';
import { problemLine, problemList } from '../config/problems.ts';
import { isGood, readConfig } from '../config/read.ts';
import type { LogLevel } from '../config/schema.ts';
import { createLog } from '../log.ts';
import { codeOf, drain, endOnUncaught, messageOf, stopSignal, unread, untilStopped } from '../stopping.ts';
import { EXIT, type Surroundings } from '../surroundings.ts';

/** What the command line said. */
export interface RunOptions {
  /** Path of the YAML file. */
  readonly config: string;
  /** Goes before the configuration's. */
  readonly logLevel?: LogLevel;
  /** How long a drain may take, in milliseconds. */
  readonly graceMs: number;
}

/** Resolves with the exit code. */
export async function run(options: RunOptions, surroundings: Surroundings): Promise<number> {
  const reading = await readConfig(options.config, surroundings.env);
  if (!isGood(reading)) {
    surroundings.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const agentLog = createLog({
    config: { ...reading.config.log, ...(options.logLevel === undefined ? {} : { level: options.logLevel }) },
    terminal: surroundings.columns() !== undefined,
    write: (text) => surroundings.talk(text),
  });
  const reader = unread(reading.config, agentLog.log);
  const { log } = reader;
  agentLog.hide(reading.secrets);
  for (const warning of reading.problems) log('warn', warning.code, problemLine(warning));
  endOnUncaught(log);
  const stop = stopSignal(log);
  try {
    const agent = await startAgent({ reading, log: { ...agentLog, log } });
    await untilStopped(agent, AbortSignal.any([stop.signal, reader.signal]));
    await drain(agent, options.graceMs, log);
    return EXIT.done;
  } catch (error) {
    log('error', codeOf(error) ?? 'UNCAUGHT', messageOf(error));
    return EXIT.failed;
  }
}
