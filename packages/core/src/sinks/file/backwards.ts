/** Reads a file of lines from its end: to find where it was torn, and what it holds already. */
import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 2 ** 18;
const NEWLINE = 0x0a;

/** Bytes up to and with the last newline; what follows was torn by a crash. 0 when there is none. */
export async function wholeLinesBytes(file: FileHandle): Promise<number> {
  for await (const { chunk, at } of chunksFromEnd(file)) {
    const newline = chunk.lastIndexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
  }
  return 0;
}

/** Lines without their newline, the newest first, some hundred at a time; empty ones are left out. */
export async function* linesFromEnd(file: FileHandle): AsyncGenerator<readonly string[]> {
  // The beginnings of a line are in chunks that are read later.
  let rest: readonly Buffer[] = [];
  for await (const { chunk } of chunksFromEnd(file)) {
    const newline = chunk.indexOf(NEWLINE);
    if (newline < 0) {
      rest = [chunk, ...rest];
      continue;
    }
    const whole = Buffer.concat([chunk.subarray(newline + 1), ...rest]);
    rest = [chunk.subarray(0, newline)];
    yield linesOf(whole);
  }
  yield linesOf(Buffer.concat([...rest]));
}

function linesOf(bytes: Buffer): readonly string[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').reverse();
}

async function* chunksFromEnd(file: FileHandle): AsyncGenerator<{ readonly chunk: Buffer; readonly at: number }> {
  let end = (await file.stat()).size;
  while (end > 0) {
    const at = Math.max(0, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - at);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead < chunk.length) throw new Error('the file became shorter while it was read');
    yield { chunk, at };
    end = at;
  }
}
