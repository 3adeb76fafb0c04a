/**
 * `npm run lock`: after every change of dependencies, adds the platform packages that npm left out of
 * `package-lock.json`, and lists in `docs/SUPPLY-CHAIN.md` what has no hash there. With `--check` it changes nothing and
 * fails when something is left to do.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { completeLock, downloadAddresses, listedWithoutIntegrity, missingOptional } from './lockfile.mjs';

const LOCKFILE = new URL('../package-lock.json', import.meta.url);

const PAGE = new URL('../docs/SUPPLY-CHAIN.md', import.meta.url);

const lock = JSON.parse(await readFile(LOCKFILE, 'utf8'));
const missing = missingOptional(lock);
const addresses = downloadAddresses(lock);
const page = await readFile(PAGE, 'utf8');

if (process.argv.includes('--check')) {
  for (const { name, wanted } of missing) console.log(`package-lock.json lacks ${name}@${wanted}. Run: npm run lock`);
  for (const folder of addresses) console.log(`package-lock.json holds a download address for ${folder}`);
  const isStale = listedWithoutIntegrity(page, lock) !== page;
  if (isStale)
    console.log('docs/SUPPLY-CHAIN.md does not name what has no hash in package-lock.json. Run: npm run lock');
  process.exitCode = missing.length + addresses.length > 0 || isStale ? 1 : 0;
} else {
  const completed = completeLock(lock);
  await writeFile(LOCKFILE, `${JSON.stringify(completed, undefined, 2)}\n`);
  await writeFile(PAGE, listedWithoutIntegrity(page, completed));
  console.log(`${missing.length} platform packages added to package-lock.json`);
}
