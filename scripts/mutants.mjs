/** `npm run test:mutants -- part of a name`: deliberate bugs in the core, each of which a test must catch: `test/mutants/`. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/mutants/run.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
