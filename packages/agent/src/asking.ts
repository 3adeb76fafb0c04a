/** What the commands share that ask sources and sinks something: a quiet log, no secret said. */
import { nearest } from './config/problems.ts';
import type { Reading } from './config/read.ts';
import { Hidden } from './hidden.ts';
import { type AgentLog, createLog } from './log.ts';
import type { Environment, ProcessIO } from './process-io.ts';

/** The log of a command, with the variables that it was started with: the process's own hold no secret any more. */
export interface QuietLog extends AgentLog {
  readonly env: Environment;
}

/** A command says what it has done by itself; of its sinks it passes on warnings and errors alone. */
export function quietLog({ config, secrets, env }: Reading, io: ProcessIO): QuietLog {
  const log = createLog({
    config: { ...config?.log, level: 'warn' },
    terminal: io.columns() !== undefined,
    write: (text) => io.talk(text),
  });
  log.hide(secrets);
  return { ...log, env };
}

/** Secrets blanked out, as they stand in plain text and in JSON. */
export function without(secrets: readonly string[], text: string): string {
  const hidden = new Hidden();
  hidden.add(secrets);
  return hidden.clean(text);
}

/** `no sink siem; did you mean siem-eu?`. */
export function unknownName(what: 'source' | 'sink', name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `no ${what} ${name}; ${near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`}`;
}
