/** The product's version, as its package says it: one place to change at a release. */
import { readFileSync } from 'node:fs';

/** As in package.json: `0.1.0`. */
export const VERSION: string = readVersion();

/** Product, version and where to ask, as RFC 9110 section 10.1.5 has it; as a relay's own. */
export const USER_AGENT: string = `audit-relay/${VERSION} (+https://github.com/audit-relay/audit-relay)`;

function readVersion(): string {
  // Our own file, beside `src` and `dist` alike.
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
