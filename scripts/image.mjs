/**
 * `node scripts/image.mjs`: builds both images for both architectures by Docker's buildx, each with its bill of materials
 * and the record of how it was made. `--push` sends them to `--registry`; without it they stay in the builder's cache, as no
 * engine holds an image of two architectures. `--dry-run` prints the commands.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageCommands } from './image-commands.mjs';
import { ROOT, run } from './run.mjs';

const { values } = parseArgs({
  options: {
    registry: { type: 'string', default: 'ghcr.io/audit-relay' },
    push: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
  },
});
const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/agent/package.json'), 'utf8'));
const revision = run(['git', 'rev-parse', 'HEAD'], ['ignore', 'pipe', 'ignore']).output.trim();
const commands = imageCommands({ registry: values.registry, version, revision, push: values.push });
for (const command of commands) {
  console.log(command.join(' '));
  if (!values['dry-run'] && run(command, 'inherit').exitCode !== 0) process.exit(1);
}
