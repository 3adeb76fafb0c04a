/** `npm run scale`: what a day of many organizations asks of the relay, from measured costs: `test/scale/`, `docs/SCALE.md`. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/scale/run.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
