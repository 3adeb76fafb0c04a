/**
 * What README.md says that each sink guarantees: every sink stands there, says what its own page says, and is under the test kit by the
 * file that it names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './markdown.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Row {
  readonly type: string;
  readonly guarantee: string;
  /** The field by which the peer tells copies. */
  readonly id: string;
  /** Absent: the kit has nothing to ask there. */
  readonly kit?: string;
}

const ROWS: readonly Row[] = [
  ...read('README.md').matchAll(/^\| \[?`([a-z-]+)`.*? \| ([^|]+) \| [^|]+ \| `([^`]+)` \| ([^|]+) \| [^|]+ \|$/gm),
].map(([, type = '', guarantee = '', id = '', proof = '']) => {
  const kit = /^\[passed\]\((.+)\)$/.exec(proof.trim())?.[1];
  return { type, guarantee: guarantee.trim(), id, ...(kit === undefined ? {} : { kit }) };
});

/** Packages of the sinks' names that are none. */
const NO_SINKS = ['sink-http', 'sink-testkit'];
const PUBLISHED = readdirSync(join(ROOT, 'packages')).filter(
  (name) => name.startsWith('sink-') && !NO_SINKS.includes(name),
);

test('every sink stands in the table once', () => {
  const types = [...PUBLISHED.map((name) => name.replace('sink-', '')), 'file', 'stdout'];
  expect(ROWS.map(({ type }) => type).toSorted()).toEqual(types.toSorted());
});

describe.each(ROWS.filter(({ type }) => PUBLISHED.includes(`sink-${type}`)))(
  '$type',
  ({ type, guarantee, id, kit }) => {
    const page = read(`packages/sink-${type}/README.md`);

    test('guarantees what its own page says', () => {
      expect(page.toLowerCase()).toContain(guarantee.toLowerCase());
      expect(page).toContain(`\`${id}\``);
      const other = guarantee === 'At least once' ? 'Each event once' : 'At least once';
      expect(page).not.toContain(`**${other}`);
    });

    test('is under the kit there', () => {
      expect(kit).toBe(`packages/sink-${type}/src/kit.test.ts`);
      expect(read(kit ?? '')).toMatch(/^ *describe(?:Http)?Sink\(\{\n? *plugin/m);
    });
  },
);

test('the file is under the kit, and only what answers nothing is not', () => {
  expect(ROWS.filter(({ kit }) => kit === undefined).map(({ type }) => type)).toEqual(['stdout']);
  const { kit = '' } = ROWS.find(({ type }) => type === 'file') ?? {};
  expect(read(kit)).toContain('describeSink(');
});
