/** `npm run fix`: formats every file and mends what the linters can mend. `npm run check` then tells what is left. */
import { install } from './prepare.mjs';
import { run } from './run.mjs';

const FIXES = [
  ['biome', 'check', '--write', '.'],
  ['oxlint', '--type-aware', '--fix'],
];

const exitCodes = install() ? FIXES.map((command) => run(command, 'inherit').exitCode) : [1];
process.exitCode = Math.max(...exitCodes);
