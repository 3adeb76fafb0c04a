/** Reads a configuration as a test writes it, in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { problemLine } from './problems.ts';
import { type Reading, readConfigText } from './read.ts';

export const folder: string = mkdtempSync(join(tmpdir(), 'audit-relay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

export const env: Readonly<Record<string, string>> = {
  KEY: 'sk-admin-1234',
  EMPTY: '',
  NUMBER: '7',
  DIGITS: '0012',
  YAML: '{ a: [b] } # c',
  LIST: 'x, y',
};
export const SOURCES: string = 'sources:\n  acme: { type: openai, api_key: "${KEY}" }\n';
export const SINKS: string = 'sinks:\n  disk: { type: file, path: out.ndjson }\n';

/** Puts `files` into the folder, then reads `text` as if it stood there as relay.yaml. */
export async function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Reading & { readonly lines: readonly string[] }> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const reading = await readConfigText({ file: join(folder, 'relay.yaml'), text, env });
  // Its code stands in every line, and in the tables only where it is what they are about.
  const lines = reading.problems.map((problem) => problemLine({ ...problem, file: 'f' }));
  expect(lines).toEqual(reading.problems.map(({ code }) => expect.stringMatching(`^f:\\d+:\\d+  ${code}  `)));
  return { ...reading, lines: lines.map((line) => line.replace(/(?<=^f:\d+:\d+) {2}[A-Z_]+/, '')) };
}
