/** NDJSON as it comes in: the lines of a stream of bytes, one at a time. */

/**
 * Without their newlines, and a byte order mark at the start. Node's own `readline` also splits at U+2028 and
 * U+2029, which may stand inside a JSON string.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
