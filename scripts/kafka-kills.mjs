/**
 * `npm run kafka-kills -- --runs 20 --from 1`: the relay before a real broker, both killed again and again, as often as
 * there is time for. One run is 20,000 events. Ends with one line of totals.
 */
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { runSuite } from './suite.mjs';
import { NOTHING_RAN, summaryLine } from './tally.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, from: { type: 'string', default: '1' } },
});
const env = { ...process.env, RUNS: values.runs, SEED: values.from };
const totals = prepare() ? runSuite(['--project', 'kafka', 'test/kafka/relay.test.ts'], env) : NOTHING_RAN;
console.log(`\n${summaryLine(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
