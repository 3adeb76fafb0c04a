/**
 * Certificates for `localhost` and 127.0.0.1 that are signed by themselves, made for these tests alone; they protect
 * nothing, and are valid for a hundred years.
 */
import { readFileSync } from 'node:fs';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

function pair(name: string): Pair {
  const read = (ending: string): string => readFileSync(new URL(`${name}${ending}`, import.meta.url), 'utf8');
  return { cert: read('.pem'), key: read('.key.pem') };
}

export const ONE: Pair = pair('one');
export const OTHER: Pair = pair('other');
