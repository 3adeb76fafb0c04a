/** Mistakes of somebody who is new, in the file: each line names what is wrong and what to write. */
import { expect, test } from 'vitest';
import { read, SINKS, SOURCES } from './read.test.fixture.ts';

const source = (keys: string): string => `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", ${keys} }\n`;
const key = (text: string): string => `${SINKS}sources:\n  acme: { type: openai, api_key: ${text} }\n`;
const top = (text: string): string => `${SOURCES}${SINKS}${text}\n`;
const sink = (keys: string): string => `${SOURCES}sinks:\n  d: { type: file, ${keys} }\n`;

const cases: readonly [name: string, text: string, lines: readonly (string | RegExp)[]][] = [
  [
    'a variable that is set, and empty',
    key('"${EMPTY}"'),
    [
      'f:4:34  sources.acme.api_key  the variable EMPTY is set, and empty  fix: set EMPTY to a value, or give a default: ${EMPTY:-…}',
    ],
  ],
  ['the same for a time', source('poll_interval: "${EMPTY}"'), [/the variable EMPTY is set, and empty/]],
  ['the same for a number', source('requests_per_second: "${EMPTY}"'), [/the variable EMPTY is set, and empty/]],
  [
    'a duration without its unit',
    source('poll_interval: 30'),
    [/expected a duration .* {2}fix: add its unit, such as 30s$/],
  ],
  ['a duration of milliseconds', source('poll_interval: 30000'), [/ {2}fix: add its unit, such as 30000ms$/]],
  ['a duration in quotes', source('poll_interval: "30"'), [/ {2}fix: add its unit, such as 30s$/]],
  [
    'a size without its unit',
    top('journal: { max_bytes: 10737418240 }'),
    [/ {2}fix: add its unit, such as 10737418240B$/],
  ],
  ['a size in quotes', top('journal: { max_bytes: "10737418240" }'), [/ {2}fix: add its unit, such as 10737418240B$/]],
  ['a port alone', top('http: { listen: 9090 }'), [/ {2}fix: write host and port, such as 127\.0\.0\.1:9090$/]],
  [
    'a URL without its scheme',
    source('base_url: api.openai.com/v1'),
    [/expected a URL .* {2}fix: begin it with https:\/\/$/],
  ],
  ['one of a few, in capitals', sink('path: a, format: ECS'), [/ {2}fix: did you mean ecs\?$/]],
  [
    'a list where names are wanted',
    `${SINKS}sources:\n  - { type: openai, api_key: "\${KEY}" }\n`,
    [
      'f:4:3  sources  expected at least one of sources, by name  fix: write a key and a colon, such as `acme:`, in the place of each dash',
    ],
  ],
  [
    'redact in a source',
    source('redact: []'),
    [/unknown key {2}fix: redact stands at the top of the file, not indented; valid keys here: /],
  ],
  [
    'home as a shell has it',
    sink('path: ~/a.ndjson'),
    [/^f:4:\d+ {2}sinks\.d\.path {2}~ is a word of the shell: .* {2}fix: write the whole path/],
  ],
  ['the journal there', top('journal: { path: ~/journal }'), [/journal\.path {2}~ is a word of the shell/]],
  [
    'a variable of a path without braces',
    sink('path: $HOME/a.ndjson'),
    [/\$HOME is a word of the shell: .* {2}fix: write \$\{NAME\} for a variable/],
  ],
  ...['$OPENAI_ADMIN_KEY', '$env:KEY', '"%KEY%"', '"{{ key }}"', '"$(cat key)"'].map(
    (text): [string, string, RegExp[]] => [
      `${text} for a key`,
      key(text),
      [/^f:4:\d+ {2}sources\.acme\.api_key {2}this is taken as the secret itself, .* {2}fix: write \$\{NAME\}/],
    ],
  ),
];

test.each(cases)('%s', async (_, text, lines) => {
  const reading = await read(text);
  expect(reading.lines).toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  expect(reading.config).toBeUndefined();
});

test('an empty file for a key is said once', async () => {
  const { lines } = await read(key('"${file:/dev/null}"'));
  expect(lines).toEqual([expect.stringMatching(/the file holds no key/)]);
});

test.each(['./~/a', 'a~/b', 'a/$HOME'])('%s is a path', async (path) => {
  expect((await read(sink(`path: "${path}"`))).lines).toEqual([]);
});

test('a secret that begins with a dollar is a secret', async () => {
  expect((await read(key('$ecretOfMine'))).lines).toEqual([
    expect.stringMatching(/warning: a secret stands here in plain text/),
  ]);
});
