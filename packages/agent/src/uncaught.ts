/**
 * An error that nobody caught, as one that a sink's package throws from a timer: it ends every command alike, by one line with
 * a code, and says no secret. Loads nothing, since it stands before all else.
 */
import type { Log } from '@audit-relay/core';
import { EACH_CODE, ERRORS_PAGE } from './errors-page.ts';
import { EXIT, type ProcessIO } from './process-io.ts';

let hearing: ((error: unknown) => void) | undefined;

/** From now on such an error is told by this log alone, and the process ends with 1. */
export function endOnUncaught(log: Log): void {
  if (hearing !== undefined) process.off('uncaughtException', hearing);
  hearing = (error) => {
    const { name, code, message, stack } = of(error);
    // Of the system's codes, and of others', docs/ERRORS.md knows nothing. By its name: there may be two copies of the core.
    log('error', name === 'RelayError' && code !== undefined ? code : 'UNCAUGHT', message, {
      docs: ERRORS_PAGE,
      stack,
    });
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', hearing);
}

function of(thrown: unknown): {
  readonly name?: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
} {
  return thrown instanceof Error ? thrown : { message: String(thrown) };
}

/** As the commands say whatever keeps them from their end, with where it came from. */
export function talkedOf({ talk }: Pick<ProcessIO, 'talk'>): Log {
  return (...[, code, message, fields]) => {
    const { stack } = Object(fields);
    // Its first lines are the message once more.
    const places = typeof stack === 'string' ? stack.split('\n').filter((line) => line.startsWith('    at ')) : [];
    talk(`${[`${code}: ${message}`, ...places, EACH_CODE].join('\n')}\n`);
  };
}
