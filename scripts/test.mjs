/**
 * `npm test`: installs what is missing, builds, runs every test and ends with one line of totals. Arguments
 * after `--` go to the runner: `npm test -- packages/core`.
 */
import { prepare } from './prepare.mjs';
import { runSuite } from './suite.mjs';
import { NOTHING_RAN, summaryLine } from './tally.mjs';

const totals = prepare() ? runSuite(process.argv.slice(2)) : NOTHING_RAN;
console.log(`\n${summaryLine(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
