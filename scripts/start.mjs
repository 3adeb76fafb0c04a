/**
 * `npm start`: the demo from a fresh clone, with nothing to set up. Arguments after `--` go to
 * `audit-relay demo`: `npm start -- --once`.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { ROOT } from './run.mjs';

if (prepare()) runDemo(process.argv.slice(2));
else process.exitCode = 1;

/**
 * The agent drains on a first signal and ends at once on a second, so it must get each signal once. A terminal
 * sends Ctrl-C to every process of the group itself; npm hands signals on as well. Without a terminal the
 * agent gets a group of its own, so that only what is handed on here reaches it. (The `exec` of the npm script is
 * for the same end: the shell that npm starts would die of the signal and hand on nothing.)
 *
 * @param {readonly string[]} args
 */
function runDemo(args) {
  const onTerminal = process.stdin.isTTY === true;
  const agent = spawn(process.execPath, [join(ROOT, 'packages/agent/bin/audit-relay.js'), 'demo', ...args], {
    stdio: 'inherit',
    detached: !onTerminal,
  });

  let handedOn = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (handedOn || (onTerminal && signal === 'SIGINT')) return;
      handedOn = true;
      agent.kill(signal);
    });
  }

  agent.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  });
}
