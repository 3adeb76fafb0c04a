/** Loaded into an agent before the command: waits of seconds take a twentieth, since what is tested is what comes after them. */
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const SHORT_MS = 500;
const TIMES = 20;
const real = timers.setTimeout;

Object.assign(timers, {
  setTimeout: (ms: number, ...rest: never[]) => real(ms > SHORT_MS ? ms / TIMES : ms, ...rest),
});
syncBuiltinESMExports();
// What listens for a test must not keep the process.
process.channel?.unref();
