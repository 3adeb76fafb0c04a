/**
 * Loaded into the relay's process before the command: puts its wall clock wrong while it runs, as an operator or NTP does. The
 * monotonic clock and the timers are the real ones, as they are where a host's clock is set. By messages, in milliseconds.
 * And ends the process by SIGKILL right after the line of its log at which it is to be killed.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const Real = Date;
const realNow = Real.now.bind(Real);
let offsetMs = Number(process.env['CHAOS_CLOCK_OFFSET_MS'] ?? 0);
const now = (): number => realNow() + offsetMs;

Real.now = now;
globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget: NewableFunction) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
});
process.on('message', (message: unknown) => {
  offsetMs = Number(Object(message).offsetMs ?? offsetMs);
});
// What listens for the harness must not keep the process.
process.channel?.unref();

const STDERR = 2;
const LOOK_MS = 100;
/** Later than this a timer tells of a process that stood still. */
const LATE_MS = 400;
let lookedMs = realNow();
setInterval(() => {
  const nowMs = realNow();
  if (nowMs - lookedMs > LOOK_MS + LATE_MS) {
    fs.writeSync(STDERR, `{"level":"debug","code":"CHAOS_STOOD_STILL","from_ms":${lookedMs},"to_ms":${nowMs}}\n`);
  }
  lookedMs = nowMs;
}, LOOK_MS).unref();

const [step, occurrence] = (process.env['CHAOS_KILL_AT'] ?? '').split(' ');
if (step !== undefined && step !== '') {
  const code = `"code":"${step}"`;
  const { writeSync } = fs;
  let left = Number(occurrence);
  const writing = (...args: Parameters<typeof writeSync>): number => {
    const written = writeSync(...args);
    const [descriptor, bytes] = args;
    if (descriptor === STDERR && String(bytes).includes(code) && --left === 0) process.kill(process.pid, 'SIGKILL');
    return written;
  };
  Object.assign(fs, { writeSync: writing });
  syncBuiltinESMExports();
}
