/** The lines of strace, each call whole: it cuts one in two where another thread's comes between. */

export interface Call {
  readonly name: string;
  /** Number of the file and its path, where the call is about an open one. */
  readonly number: string;
  readonly path: string;
  /** All behind the number. */
  readonly rest: string;
  /** What it gave, where that is a number. */
  readonly result: number;
}

const BEGUN = /^(\d+) +(\w+)\((.*)$/s;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/s;
const UNFINISHED = '<unfinished ...>';

/** In the order in which they ended. */
export function* callsIn(text: string): Generator<Call> {
  const open = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, thread = '', name = '', rest = ''] = BEGUN.exec(line) ?? [];
    if (rest.endsWith(UNFINISHED)) open.set(thread, rest.slice(0, -UNFINISHED.length));
    else if (name !== '') yield callOf(name, rest);
    else yield* resumed(line, open);
  }
}

function* resumed(line: string, open: ReadonlyMap<string, string>): Generator<Call> {
  const [, thread = '', name, rest = ''] = RESUMED.exec(line) ?? [];
  if (name !== undefined) yield callOf(name, `${open.get(thread) ?? ''}${rest}`);
}

function callOf(name: string, text: string): Call {
  // Of `openat` the file is what it gives.
  const pattern =
    name === 'openat' ? /(?<rest>.*)= (?<number>\d+)<(?<path>.*)>$/s : /^(?<number>\d+)<(?<path>.*?)>(?<rest>.*)$/s;
  const { number = '', path = '', rest = text } = pattern.exec(text)?.groups ?? {};
  return { name, number, path: unhex(path), rest, result: Number(/\) += (\d+)/.exec(rest)?.[1]) };
}

function unhex(text: string): string {
  return text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Of `"\x01\x02"`, or of all in a list of them. */
export function bytesIn(text: string): Buffer {
  const strings = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)];
  return Buffer.concat(strings.map(([, hex = '']) => Buffer.from(hex.replaceAll('\\x', ''), 'hex')));
}
