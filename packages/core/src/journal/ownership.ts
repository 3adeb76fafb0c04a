/**
 * One process at a time: a socket in the journal's folder that answers as long as its owner lives.
 * Never a process id, which another process may have by now. Should two still slip through, the
 * token that `writer.ts` reads in every transaction stops the first.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { RelayError } from '../errors.ts';

/** `sun_path` of a Unix socket, less its closing zero (Linux `unix(7)`). */
const MAX_PATH_BYTES = 107;

export interface Ownership {
  release(): Promise<void>;
}

/** @throws RelayError `JOURNAL_HELD`, `JOURNAL_PATH_TOO_LONG`. */
export async function claim(folder: string): Promise<Ownership> {
  const path = socketPath(folder);
  if (await answers(path)) {
    throw new RelayError(
      'JOURNAL_HELD',
      `another process holds the journal ${folder}: stop it, or give this one its own journal.path`,
    );
  }
  rmSync(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await listen(server, path);
  chmodSync(path, 0o600);
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** From the working directory where that is shorter. */
function socketPath(folder: string): string {
  const absolute = join(folder, 'owner.sock');
  const near = relative(process.cwd(), absolute);
  const path = near.length < absolute.length ? near : absolute;
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  throw new RelayError(
    'JOURNAL_PATH_TOO_LONG',
    `${absolute} is too long for a socket: choose a journal.path under 90 bytes`,
  );
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}
