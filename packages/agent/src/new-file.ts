/** A file that a command writes anew for its user: it goes over nothing, and is its owner's alone, as it holds events. */
import { openSync } from 'node:fs';
import { RelayError } from '@audit-relay/core';
import { codeOf, messageOf } from './stopping.ts';

const WHY: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already: name another, or move it away',
  ENOENT: 'its folder is not there: make it, or name another',
  EACCES: 'this user may not write there: name another place',
  EISDIR: 'it is a folder: name a file in it',
};

/** @returns a file descriptor. @throws RelayError `OUTPUT_REFUSED` */
export function openNewFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const code = codeOf(error) ?? '';
    throw new RelayError('OUTPUT_REFUSED', `${path} cannot be written: ${WHY[code] ?? messageOf(error)}`, error);
  }
}
