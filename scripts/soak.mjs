/** `npm run test:soak -- --minutes 60 --rate 200`: an agent under steady load before sinks that fail on and off: `test/soak/`. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'test/dist/soak/run.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
