/** What went wrong with a file → the answer that the lane gets, in the words of the person who has to mend it. */
import type { SendResult } from '@audit-relay/sink';
import { systemCodeOf } from '../../system-code.ts';
import { ForeignIndexError } from './index-folder.ts';
import { ForeignFileError, NotAFileError, TornWriteError } from './line-file.ts';

/** What only the operator can mend, by the error's code. Everything else, a full disk above all, may pass. */
const FIXES: Readonly<Record<string, string>> = {
  EACCES: 'give the process the right to write there',
  EPERM: 'give the process the right to write there',
  EROFS: 'the file system is read-only: mount it for writing or choose another path',
  ENOENT: 'create the folder, or mount the volume',
  ENOTDIR: 'part of the path is a file: choose another path',
  ELOOP: 'the path is a circle of links: choose another path',
  ENAMETOOLONG: 'choose a shorter name',
};

/** Blocked where a person has to do something, else retryable. */
export function failureOf(error: unknown, path: string): SendResult {
  if (error instanceof TornWriteError) {
    const cause = error.cause === undefined ? '' : ` (${codeOf(error.cause)})`;
    return { kind: 'retryable', why: 'unanswered', reason: `${path}: ${error.message}${cause}` };
  }
  const fix = fixOf(error);
  if (fix !== undefined) return { kind: 'blocked', reason: `${path}: ${codeOf(error)}: ${fix}` };
  return { kind: 'retryable', why: 'failed', reason: `${path}: ${codeOf(error)}` };
}

/** Undefined where nobody need do anything, as far as can be told. */
export function fixOf(error: unknown): string | undefined {
  if (error instanceof NotAFileError) return 'name a file, or use `type: stdout`';
  if (error instanceof ForeignFileError) return 'choose another path';
  if (error instanceof ForeignIndexError) return 'or choose another path';
  return FIXES[codeOf(error)];
}

/** The system's name for an error, or its words. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemCodeOf(error);
  if (code !== undefined) return code;
  return 'code' in error ? String(error.code) : error.message;
}
