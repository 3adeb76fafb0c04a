/** What the system says of the journal's folder, in words with a fix: no fault of the journal and none of ours. */
import { RelayError } from '../errors.ts';

/** By the system's name and, as LMDB passes it on, its number on Linux and macOS. */
const WORDS: readonly (readonly [names: readonly unknown[], words: string])[] = [
  [
    ['EACCES', 'EPERM', 1, 13],
    'this user may not use it: give the folder and all in it to the user that the agent runs as',
  ],
  [['EROFS', 30], 'its file system can only be read: mount it for writing, or choose another journal.path'],
  [['ENOTDIR', 'EEXIST', 20, 17], 'a part of the path is a file: choose another journal.path, or move the file away'],
  [['ENOENT'], 'a part of the path leads nowhere, such as a link to what is not there: choose another journal.path'],
  [['ELOOP'], 'its symbolic links go round in a circle: choose another journal.path'],
  [['ENAMETOOLONG'], 'a part of the path is too long: choose another journal.path'],
  [['EMFILE', 'ENFILE', 23, 24], 'too many files are open: raise the limit (ulimit -n)'],
  [['ENOSPC', 'EDQUOT', 28, 122, 69], 'its disk is full, or the quota is used up: make room'],
  [['EIO', 5], 'its disk is full, or refuses to read or write: make room, or see whether it is well'],
  [['ENOMEM', 12], 'it cannot be mapped: leave the address space unlimited (ulimit -v)'],
  [
    ['EOPNOTSUPP', 'ENOTSUP', 'EADDRNOTAVAIL', 95, 45],
    'its file system has no sockets or no maps: choose a journal.path on a local disk',
  ],
];

/** Undefined: the system has said nothing of the folder. */
export function folderRefusal(path: string, error: unknown): RelayError | undefined {
  const code: unknown = Object(error).code;
  const words = WORDS.find(([names]) => names.includes(code))?.[1];
  if (words === undefined) return undefined;
  return new RelayError(
    'JOURNAL_FOLDER',
    `the journal's folder ${path} cannot be used (${String(code)}): ${words}`,
    error,
  );
}
