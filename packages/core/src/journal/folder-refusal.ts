/** What the system says of the journal's folder, in words with a fix: no fault of the journal and none of ours. */
import { RelayError } from '../errors.ts';
import { systemCodeOf } from '../system-code.ts';

const WORDS: readonly (readonly [names: readonly string[], words: string])[] = [
  [['EACCES', 'EPERM'], 'this user may not use it: give the folder and all in it to the user that the agent runs as'],
  [['EROFS'], 'its file system can only be read: mount it for writing, or choose another journal.path'],
  [['ENOTDIR', 'EEXIST'], 'a part of the path is a file: choose another journal.path, or move the file away'],
  [['ENOENT'], 'a part of the path leads nowhere, such as a link to what is not there: choose another journal.path'],
  [['ELOOP'], 'its symbolic links go round in a circle: choose another journal.path'],
  [['ENAMETOOLONG'], 'a part of the path is too long: choose another journal.path'],
  [['EMFILE', 'ENFILE'], 'too many files are open: raise the limit (ulimit -n)'],
  [['ENOSPC', 'EDQUOT'], 'its disk is full, or the quota is used up: make room'],
  [['EIO'], 'its disk is full, or refuses to read or write: make room, or see whether it is well'],
  [['ENOMEM'], 'it cannot be mapped: leave the address space unlimited (ulimit -v)'],
  [
    ['EOPNOTSUPP', 'ENOTSUP', 'EADDRNOTAVAIL'],
    'its file system has no sockets or no maps: choose a journal.path on a local disk',
  ],
];

/** Undefined: the system has said nothing of the folder. */
export function folderRefusal(path: string, error: unknown): RelayError | undefined {
  const code = systemCodeOf(error);
  const words = wordsFor(code);
  if (words === undefined) return undefined;
  return new RelayError('JOURNAL_FOLDER', `the journal's folder ${path} cannot be used (${code}): ${words}`, error);
}

/** What may pass by itself. */
const PASSING: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Undefined: it is no trouble of the disk that may pass; what the system said may be the cause of a refusal of ours. */
export function diskRefusal(path: string, error: unknown): RelayError | undefined {
  const isOther = error instanceof RelayError && error.code !== 'JOURNAL_FOLDER';
  const code = systemCodeOf(error) ?? systemCodeOf(Object(error).cause);
  if (isOther || !PASSING.has(code)) return undefined;
  return new RelayError('JOURNAL_DISK', `the journal ${path} cannot be written (${code}): ${wordsFor(code)}`, error);
}

/** LMDB gives up an open journal: whatever the system said, it goes on once it is opened anew. */
export function cutOff(path: string, error: unknown): RelayError {
  const text = `the journal ${path} cannot be written (${systemCodeOf(error)}): it is to be opened anew`;
  return diskRefusal(path, error) ?? new RelayError('JOURNAL_DISK', text, error);
}

/** While it is open; undefined: the system has said nothing. */
export function writeRefusal(error: unknown): RelayError | undefined {
  const code = systemCodeOf(error);
  if (code === undefined) return undefined;
  const words = wordsFor(code) ?? 'see whether its disk is well';
  const text = `the journal cannot be written (${code}): ${words}; nothing is lost, the sources wait`;
  return new RelayError('DISK_REFUSES', text, error);
}

function wordsFor(code: string | undefined): string | undefined {
  return WORDS.find(([names]) => code !== undefined && names.includes(code))?.[1];
}
