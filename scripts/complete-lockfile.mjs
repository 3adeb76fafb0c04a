/**
 * `npm run lock`: after every change of dependencies, adds the platform packages that npm left out of
 * `package-lock.json`. With `--check` it changes nothing and fails when something is left to do.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { completeLock, downloadAddresses, missingOptional } from './lockfile.mjs';

const LOCKFILE = new URL('../package-lock.json', import.meta.url);

const lock = JSON.parse(await readFile(LOCKFILE, 'utf8'));
const missing = missingOptional(lock);
const addresses = downloadAddresses(lock);

if (process.argv.includes('--check')) {
  for (const { name, wanted } of missing) console.log(`package-lock.json lacks ${name}@${wanted}. Run: npm run lock`);
  for (const folder of addresses) console.log(`package-lock.json holds a download address for ${folder}`);
  process.exitCode = missing.length + addresses.length > 0 ? 1 : 0;
} else {
  await writeFile(LOCKFILE, `${JSON.stringify(completeLock(lock), undefined, 2)}\n`);
  console.log(`${missing.length} platform packages added to package-lock.json`);
}
