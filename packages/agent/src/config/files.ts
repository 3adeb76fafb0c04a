/** Files that a configuration names for TLS: looked at before the start, so that what is wrong with one has a place. */
import { accessSync, constants } from 'node:fs';
import { type TlsFiles, tlsFileProblem } from '@audit-relay/sink-http';
import type { Finding } from './problems.ts';

/** Those whose content is known as well; a plugin may have others. */
const KNOWN: readonly (keyof TlsFiles)[] = ['ca_file', 'cert_file', 'key_file'];

/** One finding for each `tls: { …_file }` of a source or sink that cannot be used; paths begin at the working directory. */
export function unusableFiles(raw: Readonly<Record<string, unknown>>): readonly Finding[] {
  return ['sources', 'sinks'].flatMap((section) =>
    Object.entries(Object(raw[section])).flatMap(([name, part]) => {
      const files = filesIn(Object(part).tls);
      return [...unreadable(files), ...unfit(files)].map(({ key, expected, fix }) => ({
        code: 'CONFIG_FILE_UNUSABLE',
        path: [section, name, 'tls', key],
        expected,
        fix,
      }));
    }),
  );
}

/** All of them, whether or not they can be used. */
export function filesNamed(raw: Readonly<Record<string, unknown>>): readonly string[] {
  const parts = ['sources', 'sinks'].flatMap((section) => Object.values(Object(raw[section])));
  return parts.flatMap((part) => Object.values(filesIn(Object(part).tls)));
}

type Files = Readonly<Record<string, string>>;
type FileFinding = { readonly key: string } & Required<Pick<Finding, 'expected' | 'fix'>>;

function filesIn(tls: unknown): Files {
  const named = Object.entries(Object(tls)).filter(
    (entry): entry is [string, string] => entry[0].endsWith('_file') && typeof entry[1] === 'string',
  );
  return Object.fromEntries(named);
}

function unreadable(files: Files): readonly FileFinding[] {
  return Object.entries(files)
    .filter(([, path]) => !isReadable(path))
    .map(([key]) => ({ key, expected: 'this file cannot be read', fix: 'check that it exists, and its rights' }));
}

/** What is no PEM, or holds something else; and a certificate and key that do not belong together. */
function unfit(files: Files): readonly FileFinding[] {
  const { ca_file, cert_file, key_file } = Object.fromEntries(
    Object.entries(files).filter(([key, path]) => KNOWN.some((known) => known === key) && isReadable(path)),
  );
  const parts: readonly TlsFiles[] = [
    ca_file === undefined ? {} : { ca_file },
    // One without the other is the schema's to say.
    cert_file === undefined || key_file === undefined ? {} : { cert_file, key_file },
  ];
  return parts.flatMap((part) => {
    const problem = tlsFileProblem(part);
    if (problem === undefined) return [];
    const [expected = '', fix = ''] = problem.message.split(/: (?=[^:]*$)/);
    return [{ key: problem.key, expected, fix }];
  });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
