/** `npm run test:chaos -- --runs 20 --seed 1`: the process harness of `test/chaos/`, as many schedules as there is time for. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/chaos/run.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
