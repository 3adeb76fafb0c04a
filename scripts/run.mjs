/** Runs the workspace's own tools, from its root, whatever folder the caller stands in. */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's root folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs one program to its end, found in `node_modules/.bin` before the rest of the PATH.
 *
 * @param {readonly string[]} command The program and its arguments.
 * @param {import('node:child_process').StdioOptions} stdio
 * @param {NodeJS.ProcessEnv} [env] In place of our own.
 * @returns {{ exitCode: number, output: string }} The exit code, 1 where it could not start or was killed by
 *   a signal; and what it wrote to piped streams, stdout first.
 */
export function run([program = '', ...args], stdio, env = process.env) {
  const path = [join(ROOT, 'node_modules', '.bin'), env['PATH'] ?? ''].join(delimiter);
  const ended = spawnSync(program, args, {
    cwd: ROOT,
    stdio,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...env, PATH: path },
  });
  const output = [ended.stdout, ended.stderr, ended.error?.message].filter(Boolean).join('');
  return { exitCode: ended.status ?? 1, output };
}
