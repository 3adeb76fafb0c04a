/**
 * How text gets to stdout and stderr. Node writes to a file, or a device that is no terminal, as much as fits, says
 * nothing of the rest, and closes the stream at the first error; so those are written to by their descriptor.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** The two streams of a process. */
export interface Standard {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** A command's data could not be written whole. The core, with its own error class, is not loaded for `--help`. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'OUTPUT_FAILED';
}

/** What may wait for a reader of stderr that has stopped to read, in bytes: what comes on top is left out. */
const MOST_WAITING_BYTES = 2 ** 20;
const STDOUT = 1;
const STDERR = 2;

/** Data: what is not written whole is an error, unless nobody reads it any more. */
export function standardOutput(
  { stdout }: Pick<Standard, 'stdout'>,
  isPlain: IsPlain = looksPlain,
): (text: string) => void {
  stdout.on('error', ignore);
  if (!isPlain(stdout, STDOUT)) {
    return (text) => {
      stdout.write(text);
    };
  }
  const write = descriptorWriter(STDOUT);
  return (text) => {
    const error = write(text);
    if (error !== undefined) throw new OutputError(`standard output takes no more: ${codeOf(error)}`);
  };
}

/** Talk and the log: gives false when it could not be written, and is not in anybody's way then. */
export function errorOutput(
  { stderr }: Pick<Standard, 'stderr'>,
  isPlain: IsPlain = looksPlain,
): (text: string) => boolean {
  stderr.on('error', ignore);
  if (isPlain(stderr, STDERR)) {
    const write = descriptorWriter(STDERR);
    return (text) => write(text) === undefined;
  }
  return (text) => {
    if (!stderr.writable || stderr.writableLength > MOST_WAITING_BYTES) return false;
    stderr.write(text);
    return true;
  };
}

/** Gives the error that kept some of it from being written. What is torn then is a line of its own. */
export function descriptorWriter(
  descriptor: number,
  take: (descriptor: number, bytes: Buffer) => number = writeSync,
): (text: string) => unknown {
  let torn = false;
  return (text) => {
    const bytes = Buffer.from(torn ? `\n${text}` : text);
    let taken = 0;
    try {
      while (taken < bytes.length) taken += take(descriptor, bytes.subarray(taken));
      torn = false;
      return undefined;
    } catch (error) {
      torn ||= taken > 0;
      return error;
    }
  };
}

/** Whether it is a file, or a device that is no terminal. */
type IsPlain = (stream: { readonly isTTY?: boolean }, descriptor: number) => boolean;

function looksPlain(stream: { readonly isTTY?: boolean }, descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return stats.isFile() || (stats.isCharacterDevice() && stream.isTTY !== true);
}

function codeOf(error: unknown): string {
  return String(Object(error).code ?? error);
}

/** The writer of each line is told; the stream's own event would end the process. */
function ignore(): void {}
