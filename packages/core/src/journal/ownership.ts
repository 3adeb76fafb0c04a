/**
 * One process at a time: a socket in the journal's folder that answers as long as its owner lives.
 * Never a process id in a file, which another process may have by now. Should two still slip through, the
 * token that `writer.ts` reads in every transaction stops the first.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { RelayError } from '../errors.ts';
import type { JsonValue } from '../event.ts';
import { type ControlHandler, requestControl, serveControl } from './control-socket.ts';
import { folderRefusal } from './folder-refusal.ts';

/** What the names of our sockets begin with: one is left behind by a process that was killed. */
export const SOCKET_PREFIX = 'owner.';
/** `sun_path` of a Unix socket, less its closing zero (Linux `unix(7)`). */
const MAX_PATH_BYTES = 107;
/** What `connect` says when there is no socket, or one without a process behind it. */
const NOBODY: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED']);

const CONNECT_MS = 2000;

export interface Ownership {
  /** Answers questions from now on; see `control-socket.ts`. */
  answerWith(answering: ControlHandler): void;
  release(): Promise<void>;
}

/** What every owner answers, from its first moment on: `{"pid":4711}`. */
const WHO: JsonValue = { order: 'pid' };
/** For how long a second process waits for that, in milliseconds: an owner that hangs says nothing. */
const WHO_MS = 2_000;

/**
 * Refuses a folder that a process owns, which it names. Touches nothing.
 * @throws RelayError `JOURNAL_HELD`, `JOURNAL_PATH_TOO_LONG`, `JOURNAL_FOLDER`.
 */
export async function refuseHeldJournal(folder: string): Promise<void> {
  const path = socketPath(folder, 'sock');
  if (!(await answers(path))) return;
  requireAccess(folder);
  const answer = await requestControl(path, WHO, WHO_MS);
  const pid: unknown = Object(answer).pid;
  const who = typeof pid === 'number' ? ` (pid ${pid})` : '';
  throw new RelayError(
    'JOURNAL_HELD',
    `an agent already runs here${who}: it holds the journal ${folder}. Stop it, or give this one its own journal.path`,
  );
}

/** To whom the folder is closed, its socket says nothing: not even whether a process is behind it. */
function requireAccess(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw folderRefusal(folder, error) ?? error;
  }
}

/**
 * Makes this process the owner of `folder`, which must be there.
 * @throws RelayError `JOURNAL_HELD`, `JOURNAL_PATH_TOO_LONG`.
 */
export async function claim(folder: string): Promise<Ownership> {
  const path = socketPath(folder, 'sock');
  await refuseHeldJournal(folder);
  let answering: ControlHandler | undefined;
  const asking = new Set<Socket>();
  const server = createServer((socket) => {
    asking.add(socket);
    socket.once('close', () => asking.delete(socket));
    serveControl(socket, async (question) => (isWho(question) ? { pid: process.pid } : answering?.(question)));
  });
  server.unref();
  const beside = socketPath(folder, randomBytes(2).toString('hex'));
  await listen(server, beside);
  const inode = inodeOf(beside);
  try {
    chmodSync(beside, 0o600);
    // Node removes the name a server listened under when that closes, also where it is another's by then.
    renameSync(beside, path);
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    answerWith: (given) => {
      answering = given;
    },
    release: () => {
      removeOwn(path, inode);
      // A server closes when its last connection does.
      for (const socket of asking) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Whether a process owns `folder`; without a claim to it. @throws RelayError `JOURNAL_PATH_TOO_LONG` */
export function isHeld(folder: string): Promise<boolean> {
  return answers(socketPath(folder, 'sock'));
}

/** Asks the process that owns `folder`. Undefined: none does, or it does not understand. */
export function askOwner(folder: string, question: JsonValue, limitMs?: number): Promise<JsonValue | undefined> {
  return requestControl(socketPath(folder, 'sock'), question, limitMs);
}

function isWho(question: JsonValue): boolean {
  return JSON.stringify(question) === JSON.stringify(WHO);
}

/** From the working directory where that is shorter. */
function socketPath(folder: string, ending: string): string {
  const absolute = join(folder, `${SOCKET_PREFIX}${ending}`);
  const near = relative(process.cwd(), absolute);
  const path = near.length < absolute.length ? near : absolute;
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  throw new RelayError(
    'JOURNAL_PATH_TOO_LONG',
    `${absolute} is too long for a socket: choose a journal.path under 90 bytes`,
  );
}

/** Whatever is neither silence nor refusal may be an owner, of another user or too busy to answer. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const decide = (isOwned: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isOwned);
    };
    // One that hangs may have more callers waiting than the system lets wait.
    const timer = setTimeout(() => decide(true), CONNECT_MS);
    socket.once('connect', () => decide(true));
    socket.once('error', (error) => decide(!('code' in error && NOBODY.has(error.code))));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // For good: an error later on, as of too many open files, must not end the process.
    server.on('error', reject);
    server.listen(path, resolve);
  });
}

/** A disk that refuses keeps the name, which nobody answers to then: the next owner replaces it. */
function removeOwn(path: string, inode: number | undefined): void {
  try {
    if (inodeOf(path) === inode) rmSync(path, { force: true });
  } catch {
    // Whoever releases has its own reason, often this very disk: that must be heard.
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
