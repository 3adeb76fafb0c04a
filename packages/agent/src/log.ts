/**
 * The agent's own log: one line of JSON on stderr for machines, one line of text for a terminal.
 * Whatever is logged passes through here last, so this is where known secrets are blanked out.
 */
import type { Log } from '@audit-relay/core';
import { pino } from 'pino';
import type { LogConfig } from './config/schema.ts';
import { Hidden } from './hidden.ts';

/** Where the lines go, and how they look. */
export interface LogOptions {
  readonly config: LogConfig;
  /** Whether a human reads it: decides the format where the configuration does not. */
  readonly terminal: boolean;
  /** Takes whole lines, newline included; gives false when it could not. */
  write(text: string): unknown;
}

/** The log that the core and the sinks get, and its list of what it must not say. */
export interface AgentLog {
  readonly log: Log;
  /** From now on no line shows one of these. Known ones stay known: an old secret may still be valid. */
  hide(secrets: readonly string[]): void;
  /** From now on the least that is logged. */
  setLevel(level: LogConfig['level']): void;
  /** A text without them, for what is written elsewhere. */
  clean(text: string): string;
}

const CENSORED = '[hidden]';
/** Where a library could put credentials into a field of an error. */
const SECRET_FIELDS = [
  'api_key',
  'token',
  'password',
  'authorization',
  'headers.authorization',
  'headers["dd-api-key"]',
];

/** A log that knows no secret yet: `hide` comes before the first line that could hold one. */
export function createLog({ config, terminal, write }: LogOptions): AgentLog {
  const hidden = new Hidden();
  const text = (config.format ?? (terminal ? 'text' : 'json')) === 'text';
  let lost = 0;
  const put = (line: string): boolean => {
    const clean = hidden.clean(line);
    return write(text ? textLine(clean) : clean) !== false;
  };
  const destination = {
    write: (line: string) => {
      // A log that cannot be written is no reason to end: what is missing is said when it can be again.
      if (lost > 0 && put(lostLine(lost, line))) lost = 0;
      if (lost > 0 || !put(line)) lost += 1;
    },
  };
  const logger = pino(
    {
      level: config.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: {
        paths: [...SECRET_FIELDS, ...SECRET_FIELDS.slice(0, 4).map((field) => `*.${field}`)],
        censor: CENSORED,
      },
    },
    destination,
  );
  return {
    log: (...[level, code, message, fields]) => logger[level]({ ...fields, code }, message),
    hide: (secrets) => hidden.add(secrets),
    setLevel: (level) => {
      logger.level = level;
    },
    clean: (text) => hidden.clean(text),
  };
}

/** As pino would have written it just before `next`. */
function lostLine(lines: number, next: string): string {
  // Pino has just written it.
  const { time } = JSON.parse(next) as { readonly time: string };
  const message = 'lines of the log could not be written: the disk behind stderr was full, or its reader stood still';
  return `${JSON.stringify({ level: 'warn', time, code: 'LOG_LINES_LOST', lines, message })}\n`;
}

/** `12:30:01 warn  SINK_BLOCKED sink siem: … reason=HTTP 401`. */
function textLine(line: string): string {
  // Pino has just written it.
  const { level, time, code, message, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(code)} ${String(message)}${rest.join('')}\n`;
}
