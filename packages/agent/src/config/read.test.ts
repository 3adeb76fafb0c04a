import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SILENT } from '../process-io.test.fixture.ts';
import { env, folder, read, SINKS, SOURCES } from './read.test.fixture.ts';
import { readConfig } from './read.ts';

writeFileSync(
  join(folder, 'ecs-only.mjs'),
  `export const sink = {
    type: 'ecs-only', limits: () => ({}), open: async () => ({}), document: () => ({ formats: ['ecs'] }),
    configSchema: { safeParse: () => ({ success: true, data: {} }) },
  };`,
);

describe('a file without problems', () => {
  test('gives every part with its defaults', async () => {
    const { config, problems } = await read(SOURCES + SINKS);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      name: 'audit-relay',
      sources: { acme: { api_key: 'sk-admin-1234', poll_interval: 30_000 } },
      journal: { path: './audit-relay-data', retention: 604_800_000 },
      sinks: { disk: { plugin: { type: 'file' }, config: { path: 'out.ndjson' }, lane: { start_from: 'beginning' } } },
      http: { listen: { host: '127.0.0.1', port: 9464 } },
      log: { level: 'info' },
    });
  });

  test('keeps the lane’s keys from the sink and the sink’s from the lane', async () => {
    const { config } = await read(
      `${SOURCES}sinks:\n  disk: { type: file, path: a, format: ocsf, when: "true", batch: { max_events: 5 } }\n`,
    );
    expect(config?.sinks['disk']?.config).toEqual({ path: 'a' });
    expect(config?.sinks['disk']?.lane).toMatchObject({ format: 'ocsf', when: 'true', batch: { max_events: 5 } });
  });

  test('an IPv6 address listens without its brackets', async () => {
    const { config } = await read(`${SOURCES}${SINKS}http: { listen: "[::1]:0" }\n`);
    expect(config?.http).toEqual({ listen: { host: '::1', port: 0 } });
  });
});

describe('substitution', () => {
  const cases: readonly [name: string, written: string, value: unknown][] = [
    ['a variable', '${KEY}', 'sk-admin-1234'],
    ['a variable between other text', 'a-${NUMBER}-b', 'a-7-b'],
    ['a default where the variable is not set', '${NOT_THERE:-fallback}', 'fallback'],
    ['a default where the variable is empty', '${EMPTY:-fallback}', 'fallback'],
    ['a default that holds a colon', '${NOT_THERE:-https://a.b:1/c}', 'https://a.b:1/c'],
    ['a file, its last newline taken off', '${file:FOLDER/secret}', 'top secret'],
    ['a value that looks like YAML stays a text', '${YAML}', '{ a: [b] } # c'],
    ['digits stay a text where a text is wanted', '${DIGITS}', '0012'],
    ['quoted or not', '"${LIST}"', 'x, y'],
  ];
  test.each(cases)('%s', async (_, written, value) => {
    const name = `    organization:\n      name: ${written.replace('FOLDER', folder)}\n`;
    const text = `${SINKS}sources:\n  acme:\n    type: openai\n    api_key: \${KEY}\n${name}`;
    const { config, lines } = await read(text, { secret: 'top secret\n' });
    expect(lines).toEqual([]);
    expect(config?.sources['acme']?.organization?.name).toBe(value);
  });

  test('a number where the schema wants one, quoted or not', async () => {
    const sink = (written: string): string =>
      `${SOURCES}sinks:\n  disk: { type: file, path: a, concurrency: ${written} }\n`;
    expect((await read(sink('"${NUMBER}"'))).config?.sinks['disk']?.lane.concurrency).toBe(7);
    const expected = 'f:4:45  sinks.disk.concurrency  expected a number';
    expect((await read(sink('"${KEY}"'))).lines).toEqual([`${expected}  fix: write digits alone`]);
    expect((await read(sink('"7"'))).lines).toEqual([`${expected}  fix: write it without quotes`]);
  });

  test('secrets are known by their key, their file, and their place in a URL', async () => {
    const text = `${SINKS}sources:\n  acme:\n    type: openai\n    api_key: \${KEY}\n    proxy: http://me:hunter22@proxy:3128\n    base_url: \${file:${folder}/url}\n`;
    const { secrets, secretFiles } = await read(text, { url: 'https://secret.example/v1' });
    expect(secrets).toEqual(['sk-admin-1234', 'hunter22', 'bWU6aHVudGVyMjI=', 'https://secret.example/v1']);
    expect(secretFiles).toEqual([`${folder}/url`]);
  });
});

describe('problems name their place and the fix', () => {
  const cases: readonly [name: string, text: string, lines: readonly (string | RegExp)[]][] = [
    [
      'an empty file',
      '',
      [/^f:1:1 {2}sources {2}required: expected at least one of sources/, /^f:1:1 {2}sinks {2}required/],
    ],
    ['a list at the top', '- a\n', [/^f:1:1 {2}expected a map of keys/, /sources {2}required/, /sinks {2}required/]],
    [
      'an unknown key at the top',
      `${SOURCES}${SINKS}journl: {}\n`,
      [/^f:5:1 {2}journl {2}unknown key {2}fix: did you mean journal\? valid keys here: name, /],
    ],
    ['a key that does not exist', `${SOURCES}${SINKS}replay: []\n`, [/^f:5:1 {2}replay {2}unknown key/]],
    [
      'an unknown key of a source',
      `${SINKS}sources:\n  acme:\n    type: openai\n    api_key: \${KEY}\n    pol_interval: 5s\n`,
      [/^f:7:5 {2}sources.acme.pol_interval {2}unknown key {2}fix: did you mean poll_interval\?/],
    ],
    [
      'an unknown key deep inside',
      `${SOURCES}sinks:\n  d: { type: file, path: a, batch: { max_agee: 1s } }\n`,
      [/^f:4:38 {2}sinks.d.batch.max_agee {2}unknown key {2}fix: did you mean max_age\?/],
    ],
    [
      'an unknown key of a sink, near one of the lane’s',
      `${SOURCES}sinks:\n  d: { type: file, path: a, formt: ecs }\n`,
      [/did you mean format\? valid keys here: path, .*type, format/],
    ],
    [
      'a missing key, at the name of what lacks it',
      `${SINKS}sources:\n  acme:\n    type: openai\n`,
      ['f:4:3  sources.acme.api_key  required: expected a text  fix: add the key'],
    ],
    [
      'a wrong type',
      `${SOURCES}${SINKS}log: 3\n`,
      [/^f:5:6 {2}log {2}expected a map of keys {2}fix: write its keys below it/],
    ],
    ['a key without a value', `${SOURCES}${SINKS}log:\n  level:\n`, [/^f:6:\d+ {2}log.level {2}.* {2}fix: write /]],
    [
      'one value where a list is wanted',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", feeds: tenant }\n`,
      ['f:4:51  sources.acme.feeds  expected a list  fix: put it between brackets: [a]'],
    ],
    [
      'a number where a text is wanted',
      `${SOURCES}${SINKS}name: 3\n`,
      ['f:5:7  name  expected a text  fix: put it between quotes'],
    ],
    [
      'a yes where true is wanted',
      `${SOURCES}${SINKS}normalize: { original: yes }\n`,
      ['f:5:24  normalize.original  expected true or false  fix: write true, without quotes'],
    ],
    [
      'one of a few, with the nearest',
      `${SOURCES}${SINKS}log: { level: warning }\n`,
      [/^f:5:15 {2}log.level {2}expected one of debug, info, warn, error/],
    ],
    [
      'a bad duration',
      `${SOURCES}${SINKS}journal: { retention: 7 days }\n`,
      [/^f:5:23 {2}journal.retention {2}expected a duration such as/],
    ],
    [
      'a URL that is none',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", base_url: nope }\n`,
      [/base_url {2}expected a URL such as/],
    ],
    [
      'a URL that would show the key',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", base_url: "http://a.b/v1" }\n`,
      [/base_url {2}expected https/],
    ],
    [
      'an unset variable, and nothing else about its value',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", base_url: "\${NO}" }\n`,
      ['f:4:54  sources.acme.base_url  the variable NO is not set  fix: set NO, or give a default: ${NO:-…}'],
    ],
    [
      'a secret file that is not there',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${file:/not/there}" }\n`,
      [/api_key {2}the file \/not\/there cannot be read \(ENOENT\) {2}fix: /],
    ],
    [
      'a secret file by a relative path, which begins elsewhere',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${file:./no-key}" }\n`,
      [
        /\.\/no-key cannot be read \(ENOENT\) {2}fix: .*; it begins in the folder where the command runs: \/.*\/no-key$/,
      ],
    ],
    [
      'a secret file by the shell’s word for home',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${file:~/no-key}" }\n`,
      [/~\/no-key cannot be read \(ENOENT\) {2}fix: .*; ~ is a word of the shell .*: write the whole path$/],
    ],
    [
      'a file for TLS that is not there',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}", tls: { ca_file: /not/there.pem } }\n`,
      ['f:4:60  sources.acme.tls.ca_file  this file cannot be read  fix: check that it exists, and its rights'],
    ],
    [
      'a substitution that is none',
      `${SOURCES}${SINKS}name: "\${A B}"\n`,
      [/name {2}\$\{A B\} is no substitution {2}fix: write \$\{NAME\}/],
    ],
    [
      'a substitution that is none where a secret is wanted, and that may be one',
      `${SINKS}sources:\n  acme: { type: openai, api_key: "\${A B}" }\n`,
      [/api_key {2}what stands here between \$\{ and \} is the name of no variable {2}fix: write \$\{NAME\}/],
    ],
    ['a substitution without its end', `${SOURCES}${SINKS}name: "\${KEY"\n`, [/name {2}\$\{KEY is no substitution/]],
    [
      'a secret in plain text, as a warning',
      `${SINKS}sources:\n  acme: { type: openai, api_key: sk-admin }\n`,
      [/^f:4:34 {2}sources.acme.api_key {2}warning: a secret stands here in plain text/],
    ],
    [
      'a sink that is not installed',
      `${SOURCES}sinks:\n  a: { type: kinesis }\n`,
      [
        /^f:4:14 {2}sinks.a.type {2}no sink of the type kinesis is installed {2}fix: there are file, stdout, .*elasticsearch, .*and a module of your own/,
      ],
    ],
    [
      'a sink whose type is a typo',
      `${SOURCES}sinks:\n  a: { type: flie }\n`,
      [/fix: did you mean file\? there are file, (?!.*npm install)/],
    ],
    [
      'two sinks of one name',
      `${SOURCES}sinks:\n  a: { type: stdout }\n  a: { type: stdout }\n`,
      [/^f:5:3 {2}the key a stands twice/],
    ],
    [
      'a format that the sink does not take',
      `${SOURCES}sinks:\n  a: { type: ./ecs-only.mjs, format: ocsf }\n`,
      [/^f:4:38 {2}sinks.a.format {2}expected a format that ecs-only takes: ecs {2}fix: choose ecs/],
    ],
    [
      'a name that cannot be one',
      `${SOURCES}sinks:\n  "a b": { type: stdout }\n`,
      [/^f:4:3 {2}sinks.a b {2}expected a name/],
    ],
    ['no sink at all', `${SOURCES}sinks: {}\n`, [/^f:3:1 {2}sinks {2}expected at least one/]],
    ['a sink that is no map', `${SOURCES}sinks:\n  a: file\n`, [/^f:4:6 {2}sinks.a {2}expected a map of keys/]],
    [
      'an expression that does not compile',
      `${SOURCES}sinks:\n  a: { type: stdout, when: nope == 1 }\n  b: { type: stdout, when: 'event.kindd == "x"' }\n  c: { type: stdout, when: "event.kindd == \\"x\\"" }\n`,
      [/^f:4:28 {2}sinks.a.when {2}/, /^f:5:35 {2}sinks.b.when {2}.*kindd/, /^f:6:28 {2}sinks.c.when {2}.*kindd/],
    ],
    [
      'an unquoted substitution in a flow map, and what else is wrong',
      `${SINKS}sources:\n  acme: { type: openai, api_key: \${KEY}, oops: 1 }\n`,
      [
        /^f:4:34 {2}inside \{ \} and \[ \] YAML itself reads the braces of \$\{…\} {2}fix: quote it: "\$\{KEY\}"$/,
        /^f:4:42 {2}sources.acme.oops {2}unknown key/,
      ],
    ],
    [
      'broken YAML, and what stands before it',
      'nonsense: 1\nname: "a\nsinks: 3\n',
      [/^f:1:1 {2}nonsense {2}unknown key/, /^f:\d:\d+ {2}the quote that begins a text here is never closed {2}fix: /],
    ],
    [
      'an alias to nothing, and what else is wrong',
      `${SOURCES}sinks: *nope\njournl: 1\n`,
      [/^f:3:1 {2}sinks {2}required/, /^f:3:8 {2}a value that begins with \* .* {2}fix: /, /journl/],
    ],
  ];
  test.each(cases)('%s', async (_, text, lines) => {
    const reading = await read(text);
    expect(reading.lines).toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
    expect(reading.config === undefined).toBe(!reading.lines.every((line) => line.includes('warning: ')));
  });

  test('all of a file at once, in its order', async () => {
    const text =
      'sources:\n  a: { type: openai, api_key: "${NO}" }\njournl: 1\nsinks:\n  b: { type: kinesis }\n  c: { type: stdout, format: xml }\nlog: { level: 3 }\n';
    const { problems } = await read(text);
    expect(problems.map(({ line, code }) => [line, code])).toEqual([
      [2, 'CONFIG_UNSET_VARIABLE'],
      [3, 'CONFIG_UNKNOWN_KEY'],
      [5, 'CONFIG_SINK_MISSING'],
      [6, 'CONFIG_INVALID_VALUE'],
      [7, 'CONFIG_INVALID_VALUE'],
    ]);
  });

  test('a file that is not there is a problem like any other', async () => {
    const { problems } = await readConfig('/not/there.yaml', { ...SILENT, env });
    expect(problems).toMatchObject([{ code: 'CONFIG_UNREADABLE', file: '/not/there.yaml', line: 1 }]);
  });

  test('the journal can be read though a variable is not set', async () => {
    const { config, journal } = await read(
      `sources:\n  a: { type: openai, api_key: "\${NO}" }\n${SINKS}journal: { path: /data }\n`,
    );
    expect(config).toBeUndefined();
    expect(journal).toMatchObject({ path: '/data' });
  });
});

describe('what is said about documents', () => {
  test('is nothing redacted and nothing added by default', async () => {
    const { config } = await read(SOURCES + SINKS);
    expect(config?.normalization).toEqual({ redact: [], normalize: { original: false, severity: {} } });
  });

  test('is read from the three keys at the top, and its key is a secret', async () => {
    const { config, secrets, lines } = await read(
      `${SOURCES}${SINKS}redact_key: \${KEY}\nredact: [{ field: project.name, with: hash }]\nnormalize: { severity: { api_key.created: 4 } }\n`,
    );
    expect(lines).toEqual([]);
    expect(config?.normalization).toEqual({
      redact: [{ field: 'project.name', with: 'hash' }],
      redact_key: 'sk-admin-1234',
      normalize: { original: false, severity: { 'api_key.created': 4 } },
    });
    expect(secrets).toContain('sk-admin-1234');
  });

  test('is there by itself while the rest has problems', async () => {
    const { config, normalization } = await read(`${SINKS}redact: [{ field: a, with: drop }]\n`);
    expect(config).toBeUndefined();
    expect(normalization?.redact).toEqual([{ field: 'a', with: 'drop' }]);
  });

  const wrong: readonly [name: string, written: string, line: RegExp][] = [
    [
      'a hash without a key',
      'redact: [{ field: a, with: hash }]',
      /^f:5:28 {2}redact\.0\.with {2}hash needs a `redact_key`/,
    ],
    ['an empty key', 'redact_key: ""', /^f:5:13 {2}redact_key {2}expected at least 1 characters/],
    [
      'a field that events are known by',
      'redact: [{ field: id, with: drop }]',
      /^f:5:19 {2}redact\.0\.field {2}expected a field other than id, type/,
    ],
    [
      'a path with a hole',
      'redact: [{ field: a..b, with: drop }]',
      /^f:5:19 {2}redact\.0\.field {2}expected a path such as/,
    ],
    [
      'another way to redact',
      'redact: [{ field: a, with: hsh }]',
      /^f:5:28 {2}redact\.0\.with {2}expected one of hash, mask, drop {2}fix: did you mean hash\?/,
    ],
    [
      'a typo in a rule',
      'redact: [{ feld: a, with: drop }]',
      /redact\.0\.feld {2}unknown key {2}fix: did you mean field\?/,
    ],
    [
      'a severity that OCSF lacks',
      'normalize: { severity: { a: 7 } }',
      /^f:5:29 {2}normalize\.severity\.a {2}expected one of 1, 2, 3, 4, 5, 6/,
    ],
    ['a typo at the top', 'redakt: []', /^f:5:1 {2}redakt {2}unknown key {2}fix: did you mean redact\?/],
  ];
  test.each(wrong)('is refused with its place: %s', async (_, written, line) => {
    const { config, lines } = await read(`${SOURCES}${SINKS}${written}\n`);
    expect(config).toBeUndefined();
    expect(lines).toContainEqual(expect.stringMatching(line));
  });
});
