/** What others write meets patterns of ours: each takes time in line with its text, or meets nothing but short ones. */
import { checkSync } from 'recheck';
import { expect, test } from 'vitest';
import { BOUNDED, JUDGED, MADE, scan } from './patterns.ts';

// In this process: no Java and no binary of another's.
process.env['RECHECK_SYNC_BACKEND'] = 'pure';
const judgesAll = process.env['FUZZ_PATTERNS'] === 'all';

const { patterns, made } = scan();

function isLinear(source: string, flags: string): boolean {
  return checkSync(source, flags, { timeout: 60_000 }).status === 'safe';
}

test('the judge knows the difference', () => {
  expect(['^(a|a)*$', '\\s+$', '^\\s*\\d+(\\.\\d+)?$', 'a+b'].map((source) => isLinear(source, ''))).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test('the scan finds patterns of each package', () => {
  expect(patterns.length).toBeGreaterThan(150);
  const packages = new Set(patterns.flatMap(({ files }) => files.map((file) => file.split('/')[0])));
  expect([...packages]).toEqual(expect.arrayContaining(['agent', 'core', 'sink-http', 'sink-kafka', 'sink-datadog']));
});

test('each is linear, or in the list of those that something bounds', () => {
  const asked = patterns.filter(({ text }) => BOUNDED[text] === undefined && (judgesAll || !JUDGED.has(text)));
  const others = asked.filter(({ source, flags }) => !isLinear(source, flags));
  expect(others.map(({ text, files }) => `${text} in ${files.join(', ')}`)).toEqual([]);
});

test('what is bounded is bounded low where others than the operator write the text', () => {
  const steps = Object.values(BOUNDED)
    .filter(({ bound }) => !/configuration/.test(bound))
    .map(({ degree, chars }) => chars ** degree);
  // A tenth of a second of a slow machine.
  expect(Math.max(...steps)).toBeLessThan(1e8);
});

test('the lists name nothing that is not there any more', () => {
  const texts = new Set(patterns.map(({ text }) => text));
  expect([...Object.keys(BOUNDED), ...JUDGED].filter((text) => !texts.has(text))).toEqual([]);
});

test('texts of patterns that are made at run time are of parts that stand beside them', () => {
  expect(made.filter((call) => !MADE.some((known) => known.test(call)))).toEqual([]);
  expect(MADE.filter((known) => !made.some((call) => known.test(call)))).toEqual([]);
});
