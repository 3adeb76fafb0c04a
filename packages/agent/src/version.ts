/** The product's version, as its package says it: one place to change at a release. */
import { readFileSync } from 'node:fs';

/** As in package.json: `0.1.0`. */
export const VERSION: string = readVersion();

function readVersion(): string {
  // Our own file, beside `src` and `dist` alike.
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
