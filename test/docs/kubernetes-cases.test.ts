/** The page that names a test for each case of a relay in a pod: each test is there, under that name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isThere, ROOT } from './markdown.ts';

const PAGE = 'docs/evidence/kubernetes.md';
/** `| 7 | what | test/… | `name` |` */
const ROW = /^\| (\d+) \| [^|]+ \| (\S+) \| `([^`]+)` \|$/gm;
/** Of the conventions for agents on Kubernetes; the thirteenth is told as one that is not there. */
const CASES = 18;
const NOT_THERE = 13;

const page = readFileSync(join(ROOT, PAGE), 'utf8');
const rows = [...page.matchAll(ROW)].map(([, number = '', file = '', name = '']) => ({ number, file, name }));

test('every line of its table can be read', () => {
  const lines = page.split('\n').filter((line) => /^\| \d/.test(line));
  expect(rows).toHaveLength(lines.length);
});

test('every case has a test, or is told to be missing', () => {
  const all = Array.from({ length: CASES }, (_, index) => index + 1).filter((number) => number !== NOT_THERE);
  expect([...new Set(rows.map(({ number }) => Number(number)))]).toEqual(all);
  expect(page).toContain(`Not there: ${NOT_THERE},`);
});

test.each(rows)('$number: $file has $name', ({ file, name }) => {
  expect(isThere(file)).toBe(true);
  // A title stands in quotes of one kind or another, beside `test` or in a table, and may be one part of a template.
  const text = readFileSync(join(ROOT, file), 'utf8');
  expect(text).toMatch(new RegExp(`['"\`][^'"\`\\n]*${escaped(name)}`));
});

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
