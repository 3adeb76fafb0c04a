/** Another version of Node than the one that runs this, from npm's package `node`. */
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

/**
 * @param {string} version `24`: the newest of that line.
 * @param {string} parent Where its folder is made.
 * @returns {NodeJS.ProcessEnv | undefined} An environment in which it is the `node` of the PATH; undefined when it cannot be had.
 */
export function otherNode(version, parent) {
  const folder = join(parent, `node-${version}`);
  mkdirSync(folder);
  const { exitCode } = run(['npm', 'install', '--silent', '--prefix', folder, `node@${version}`], 'inherit');
  if (exitCode !== 0) return undefined;
  const path = [join(folder, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  return { ...process.env, PATH: path };
}
