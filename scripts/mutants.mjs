/**
 * `npm run test:mutants -- part of a name`: deliberate bugs in the core and in sinks, each of which a test must catch:
 * `test/mutants/`. Without a name also the sources that the simulations must find out, all of them: `test/invariants/mutants.test.ts`.
 */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const names = process.argv.slice(2);
const command = [process.execPath, 'test/dist/mutants/run.js', ...names];
const simulated = ['vitest', 'run', '--project', 'across', 'test/invariants/mutants.test.ts'];
const isBuilt = prepare();
const areCaught = isBuilt && run(command, 'inherit').exitCode === 0;
const areFound =
  isBuilt &&
  (names.length > 0 || run(simulated, 'inherit', { ...process.env, INVARIANT_MUTANTS: 'all' }).exitCode === 0);
process.exitCode = areCaught && areFound ? 0 : 1;
