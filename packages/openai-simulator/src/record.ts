/**
 * Records that came from outside: lines of a file, or a caller's own. Their bytes are kept and served
 * as they are; only what placing them takes is read out.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { at, textAt } from './json.ts';

/** One record, as it will stand in `data`. */
export interface GivenRecord {
  readonly raw: Buffer;
  /** Undefined when the record has none: it is served, but no cursor can name it. */
  readonly id: string | undefined;
  /** Empty when the record has none, as in the older dialect, which calls it `event`. */
  readonly type: string;
  /** Seconds since the epoch; undefined when the record holds no time there. */
  readonly effectiveAt: number | undefined;
}

/** What the package brings along: 202 records with every type and every oddity, and the one that a vendor documents. */
export const sampleFiles: readonly string[] = ['sample-events.jsonl', 'documented-record.jsonl'].map((name) =>
  fileURLToPath(new URL(`../data/${name}`, import.meta.url)),
);

/** @throws SyntaxError when `raw` is no JSON: such a page could not be read by anyone. */
export function givenRecord(raw: Buffer): GivenRecord {
  const record: unknown = JSON.parse(raw.toString());
  const type = textAt(record, 'type');
  const isOlderDialect = type === undefined && textAt(record, 'event') !== undefined;
  const effectiveAt = at(record, isOlderDialect ? 'created_at' : 'effective_at');
  return {
    raw,
    id: textAt(record, 'id'),
    type: type ?? '',
    effectiveAt: isTime(effectiveAt) ? effectiveAt : undefined,
  };
}

/** A clock may have to start here, and a `Date` header ends with the year 9999. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < 253_402_300_800;
}

/**
 * The records of a JSONL file in its order. Empty lines are skipped; copies are kept.
 * @throws Error naming file and line when a line is no JSON.
 */
export async function readRecords(path: string): Promise<readonly GivenRecord[]> {
  const records: GivenRecord[] = [];
  let lineNumber = 0;
  for (const line of lines(await readFile(path))) {
    lineNumber += 1;
    if (line.toString().trim() === '') continue;
    try {
      records.push(givenRecord(line));
    } catch (error) {
      throw new Error(`${path}:${lineNumber} is no JSON; each line must hold one record`, { cause: error });
    }
  }
  return records;
}

/** Split at line feeds only: U+2028 and its like may stand inside a string. */
function* lines(file: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < file.length) {
    const found = file.indexOf(0x0a, start);
    const end = found === -1 ? file.length : found;
    yield file.subarray(start, file[end - 1] === 0x0d ? end - 1 : end);
    start = end + 1;
  }
}
