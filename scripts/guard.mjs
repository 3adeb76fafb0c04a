/** `npm run guard [-- --slow]`: what the relay costs against the stored baseline; see `bench/guard.ts`. About a minute. */
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

const command = [process.execPath, 'bench/dist/guard.js', ...process.argv.slice(2)];
process.exitCode = prepare() ? run(command, 'inherit').exitCode : 1;
