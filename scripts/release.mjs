/**
 * `npm run release`: publishes every package whose version the registry has not, each alone and in the order in which they
 * need each other; then the images, for both architectures, signed; then the chart. What is there already is left as it is. `--dry-run` packs the packages into
 * `--out` and prints every other command: nothing leaves this machine.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { deploySteps, publishOrder } from './release-commands.mjs';
import { ROOT, run } from './run.mjs';

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    out: { type: 'string', default: 'release' },
    registry: { type: 'string', default: 'ghcr.io/audit-relay' },
  },
});
const isDry = values['dry-run'];
if (!prepare()) process.exit(1);
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/agent/package.json'), 'utf8'));
const revision = run(['git', 'rev-parse', 'HEAD'], ['ignore', 'pipe', 'ignore']).output.trim();
const out = join(ROOT, values.out);
mkdirSync(out, { recursive: true });

for (const { name, version: its, folder } of publishOrder(lock.packages)) {
  if (isDry) must(['npm', 'pack', '--ignore-scripts', '--pack-destination', out, '-w', folder]);
  else if (!isPrivate(folder) && !isPublished(`${name}@${its}`))
    must(['npm', 'publish', '--ignore-scripts', '--provenance', '-w', folder]);
}
const { registry } = values;
for (const { command, unless } of deploySteps({ registry, version, revision, out: values.out })) {
  if (isDry) console.log(command.join(' '));
  else if (unless === undefined || !isDone(unless)) must(command);
}

/**
 * One that is not whole yet: it is packed, so that nothing about it is found out late, and goes nowhere.
 * @param {string} folder
 */
function isPrivate(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).private === true;
}

/** @param {string} spec */
function isPublished(spec) {
  return run(['npm', 'view', spec, 'version'], ['ignore', 'pipe', 'ignore']).output.trim() !== '';
}

/** @param {readonly string[]} question */
function isDone(question) {
  return run(question, 'ignore').exitCode === 0;
}

/** @param {readonly string[]} command */
function must(command) {
  console.log(command.join(' '));
  if (run(command, ['ignore', 'inherit', 'inherit']).exitCode !== 0) process.exit(1);
}
