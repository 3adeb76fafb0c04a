import { describe, expect, test } from 'vitest';
import { linesOf } from './lines.ts';

/** The lines of a text that comes in pieces of so many bytes. */
async function lines(text: string | Uint8Array, size: number): Promise<readonly string[]> {
  const bytes = Buffer.from(text);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  }
  const found: string[] = [];
  for await (const line of linesOf(pieces())) found.push(line);
  return found;
}

describe.each([1, 2, 3, 7, 1_000])('in pieces of %i bytes', (size) => {
  const cases: readonly [name: string, text: string, expected: readonly string[]][] = [
    ['nothing has no line', '', []],
    ['the last newline may be there or not', 'a\nb', ['a', 'b']],
    ['an empty line is one', 'a\n\nb\n', ['a', '', 'b']],
    ['letters may be cut in their middle', 'é😀\n漢\n', ['é😀', '漢']],
    ['a byte order mark is left out', '\uFEFFa\n', ['a']],
    ['the newlines that only Unicode knows are letters', 'a\u2028b\u2029c\n', ['a\u2028b\u2029c']],
  ];
  test.each(cases)('%s', async (_, text, expected) => {
    expect(await lines(text, size)).toEqual(expected);
  });
});
