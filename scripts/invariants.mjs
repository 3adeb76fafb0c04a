/** `npm run invariants -- --seeds 5000 --from 1`: the simulations of `test/invariants/`, as many as there is time for. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/invariants/command.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
