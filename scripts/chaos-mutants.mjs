/** `npm run test:chaos:mutants -- part of a name`: deliberate bugs in the built core, each of which the process harness must see. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/chaos/run-mutants.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
