/** Reads a file of lines in pieces: to find where it was torn, and which events it holds. */
import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 2 ** 20;
/** No line of ours is longer; of one that is, nothing need be known. */
const MOST_LINE_BYTES = 64 * 2 ** 20;
const NEWLINE = 0x0a;

/** Stands for a beginning that is left out: no line that begins so is an event. */
const TOO_LONG = Buffer.from('…');

/** Some whole lines, without their newlines. */
export interface Lines {
  readonly lines: readonly string[];
  /** Bytes of the file up to and with the last of them. */
  readonly bytes: number;
}

/** The whole lines from `from` on, about a MiB at a time; what follows the last newline is left out. */
export async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<Lines> {
  // The beginning of a line whose end is in a chunk that is read later.
  let rest: readonly Buffer[] = [];
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    const end = read.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest = rest.length * CHUNK_BYTES > MOST_LINE_BYTES ? [TOO_LONG] : [...rest, Buffer.from(read)];
      continue;
    }
    const whole = Buffer.concat([...rest, read.subarray(0, end)]);
    rest = [Buffer.from(read.subarray(end + 1))];
    yield { lines: whole.toString('utf8').split('\n'), bytes: at - (read.length - end - 1) };
  }
}

/** Bytes up to and with the last newline; what follows was torn by a crash. 0 when there is none. */
export async function wholeLinesBytes(file: FileHandle): Promise<number> {
  for (let end = (await file.stat()).size; end > 0; ) {
    const at = Math.max(0, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - at);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead < chunk.length) throw new Error('the file became shorter while it was read');
    const newline = chunk.lastIndexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
    end = at;
  }
  return 0;
}
