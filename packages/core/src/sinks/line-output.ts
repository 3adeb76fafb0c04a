/** Where the `stdout` sink puts bytes: a stream, or a descriptor of which as much is taken as has room. */
import { closeSync, fstatSync, openSync, readSync, write } from 'node:fs';
import type { Writable } from 'node:stream';

/** What became of a write. */
export interface Written {
  /** How many bytes are there; undefined where that cannot be known. */
  readonly taken?: number;
  /** Absent: all of them. */
  readonly error?: Error;
}

export interface LineOutput {
  /** Resolves when all of it is taken, or no more is. @throws the signal's reason, where a wait can be broken off. */
  write(bytes: Buffer, signal: AbortSignal): Promise<Written>;
  isOpen(): boolean;
  /** Whether what stands there ends within a line, as a kill or a full disk leaves it; undefined where that cannot be known. */
  isMidLine(): boolean | undefined;
  /** Nothing more is written; the stream or descriptor stays open. */
  release(): void;
}

/** A pipe, a socket or a terminal: Node writes all of it, however long that takes, or says that it broke. */
export function streamOutput(stream: Writable): LineOutput {
  // Without a listener a closed pipe would end the process; the callback of `write` tells us all the same.
  stream.on('error', ignore);
  return {
    isOpen: () => stream.writable,
    isMidLine: () => undefined,
    release: () => {
      stream.off('error', ignore);
    },
    write: (bytes, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        stream.write(bytes, (error) => {
          signal.removeEventListener('abort', onAbort);
          resolve(error ? { error } : {});
        });
      }),
  };
}

/** A file or a device: one call may take a part, as a disk that fills up does, and the next says why. */
export function descriptorOutput(descriptor: number, take: Take = writePart): LineOutput {
  return {
    isOpen: () => true,
    isMidLine: () => endsMidLine(descriptor),
    release: () => undefined,
    write: async (bytes) => {
      let taken = 0;
      try {
        while (taken < bytes.length) taken += await take(descriptor, bytes.subarray(taken));
        return { taken };
      } catch (error) {
        return { taken, error: error instanceof Error ? error : new Error(String(error)) };
      }
    },
  };
}

/** A descriptor that is open for writing alone is read by its name, which Linux gives it. */
function endsMidLine(descriptor: number): boolean | undefined {
  const stats = fstatSync(descriptor);
  if (!stats.isFile() || stats.size === 0) return false;
  try {
    const file = openSync(`/proc/self/fd/${descriptor}`, 'r');
    try {
      const last = Buffer.alloc(1);
      readSync(file, last, 0, 1, stats.size - 1);
      return last.toString() !== '\n';
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** One call of `write(2)`: resolves with how many bytes it took. */
export type Take = (descriptor: number, bytes: Buffer) => Promise<number>;

function writePart(descriptor: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, taken) => {
      if (error) reject(error);
      else if (taken === 0) reject(new Error('nothing was taken'));
      else resolve(taken);
    });
  });
}

function ignore(): void {}
