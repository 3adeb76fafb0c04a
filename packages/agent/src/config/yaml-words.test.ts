import { describe, expect, test } from 'vitest';
import { read } from './read.test.fixture.ts';

/** Each has the one before it ten times. */
const bombs = Array.from('bcdefgh')
  .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(', ')}]\n`)
  .join('');

describe('YAML that is none says what to write instead', () => {
  const cases: readonly [name: string, text: string, lines: readonly RegExp[]][] = [
    [
      'two documents',
      'name: a\n---\nname: b\n',
      [/^f:2:1 {2}a second document begins here \(---\).* {2}fix: remove the line ---/],
    ],
    [
      'a merge key',
      'base: &base {}\nlog:\n  <<: *base\n',
      [/^f:3:3 {2}a merge key \(<<\).* {2}fix: write the keys out/],
    ],
    [
      'text in the line of >',
      'name: > a b\n',
      [/after > or \| nothing may stand .* {2}fix: move the text into the next line/],
    ],
    ['text that touches |', 'name: |a\n  b\n', [/after > or \| nothing may stand/]],
    ['a tab', 'log:\n\tlevel: info\n', [/^f:2:1 {2}a tab stands .* {2}fix: write spaces/]],
    ['an indent of its own', 'log:\n    level: info\n  x: 1\n', [/^f:3:\d {2}this line is indented otherwise/]],
    [
      'a text with a star',
      'name: *.log\n',
      [/^f:1:7 {2}a value that begins with \*.* {2}fix: put it between single quotes/],
    ],
    [
      'a text with an exclamation mark',
      'name: !has(source.ip)\n',
      [/begins with ! .* {2}fix: put it between single quotes/],
    ],
    ['a text with an at', 'name: @x\n', [/cannot begin with this character {2}fix: put it between/]],
    ['a colon too many', 'name: a: b\n', [/a second colon .* {2}fix: put it between single quotes/]],
    [
      'a backslash between double quotes',
      'name: "C:\\dir"\n',
      [/\\ begins an escape.* {2}fix: put it between single quotes/],
    ],
    ['a quote within', 'name: "a" b\n', [/something follows a text in quotes/]],
    ['a bracket that stays open', 'name: [1, 2\n', [/a \[ is never closed {2}fix: add a \]/]],
    ['a brace that stays open', 'name: { a: 1\n', [/a \{ is never closed {2}fix: add a \}/]],
    ['a key without a colon', 'name\nlog: {}\n', [/no key with a colon and a space/]],
    ['a colon without a space', 'name:a\nlog: {}\n', [/no key with a colon and a space/]],
    ['a list in the line of its key', 'name: - b\n', [/a list begins in the line of its key/]],
    ['two anchors', 'name: &x &y 1\n', [/one value has two anchors/]],
    ['an alias of aliases', `a: &a [x]\n${bombs}name: *h\n`, [/aliases \(\*name\) multiply here/]],
  ];
  test.each(cases)('%s', async (_, text, lines) => {
    const { problems, lines: all } = await read(text);
    const ofYaml = all.filter((_line, index) => problems[index]?.code === 'CONFIG_YAML');
    expect(ofYaml.slice(0, lines.length)).toEqual(lines.map((line) => expect.stringMatching(line)));
    expect(problems.filter(({ code }) => code === 'CONFIG_YAML').every(({ fix }) => fix !== undefined)).toBe(true);
  });
});
