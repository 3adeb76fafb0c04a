/** Files that a configuration names for TLS: looked at before the start, so that a wrong path is a problem with a place. */
import { accessSync, constants } from 'node:fs';
import type { Finding } from './problems.ts';

/** One finding for each `tls: { …_file }` of a source or sink that cannot be read; paths begin at the working directory. */
export function unreadableFiles(raw: Readonly<Record<string, unknown>>): readonly Finding[] {
  return ['sources', 'sinks'].flatMap((section) =>
    Object.entries(Object(raw[section])).flatMap(([name, part]) =>
      Object.entries(Object(Object(part).tls))
        .filter((entry): entry is [string, string] => entry[0].endsWith('_file') && typeof entry[1] === 'string')
        .filter(([, path]) => !isReadable(path))
        .map(([key]) => ({
          code: 'CONFIG_FILE_UNREADABLE',
          path: [section, name, 'tls', key],
          expected: 'this file cannot be read',
          fix: 'check that it exists, and its rights',
        })),
    ),
  );
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
