import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from './cli.ts';
import { VERSION } from './version.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const good = join(folder, 'good.yaml');
const bad = join(folder, 'bad.yaml');
writeFileSync(good, 'sources: { a: { type: openai, api_key: "${KEY}" } }\nsinks: { b: { type: stdout } }\n');
writeFileSync(bad, 'sources: { a: { type: openai, api_key: "${NO}" } }\nsinks: { b: { type: kinesis } }\n');

/** One command, and what it gave to stdout and stderr. */
async function command(...args: readonly string[]): Promise<Ended> {
  return piped('', ...args);
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** The same with something on stdin. */
async function piped(text: string, ...args: readonly string[]): Promise<Ended> {
  const input = [Buffer.from(text)];
  const texts = { out: '', talk: '' };
  const code = await main(args, {
    env: { KEY: 'sk-1234', OPENAI_ADMIN_KEY: 'sk-1234' },
    out: (text) => (texts.out += text),
    hide: () => undefined,
    talk: (text) => (texts.talk += text),
    columns: () => undefined,
    flushed: () => Promise.resolve(true),
    input: () => Readable.from(input),
  });
  return { code, ...texts };
}

describe('data goes to stdout, talk to stderr, and the exit code says how it went', () => {
  const cases: readonly [name: string, args: readonly string[], code: number, out: RegExp, talk: RegExp][] = [
    ['--version', ['--version'], 0, new RegExp(`^${VERSION}\n$`), /^$/],
    ['--help', ['--help'], 0, /Usage: audit-relay.*Exit codes/s, /^$/],
    ['no command', [], 2, /^$/, /Usage: audit-relay/],
    ['an unknown command', ['rnu'], 2, /^$/, /unknown command 'rnu'/],
    ['an unknown option', ['run', '--confg', 'x'], 2, /^$/, /unknown option '--confg'/],
    ['a bad duration', ['run', '--grace', 'soon'], 2, /^$/, /Expected a duration/],
    ['a bad level', ['run', '--log-level', 'loud'], 2, /^$/, /Allowed choices are debug/],
    ['a bad address', ['demo', '--listen', '9464'], 2, /^$/, /Expected an address/],
    ['a backfill of no time', ['backfill', '-c', good], 2, /^$/, /required option '--from <time>' not specified/],
    ['a backfill of a wrong time', ['backfill', '--from', 'soon', '-c', good], 2, /^$/, /--from soon is no time/],
    [
      'a backfill of a bad configuration',
      ['backfill', '--from', '1d', '-c', bad],
      78,
      /^$/,
      /\n2 errors; each code: https:\S+ERRORS\.md\n$/,
    ],
    ['a set-up of one sink', ['setup', 'b', '-c', good], 0, /^b \(stdout\)\n {2}nothing to set up\n$/, /^$/],
    ['a set-up of one sink by its option', ['setup', '--sink', 'b', '-c', good], 0, /^b \(stdout\)\n/, /^$/],
    ['a set-up of no sink', ['setup', 'other', '-c', good], 2, /^$/, /no sink other; there are: b/],
    [
      'a set-up of two',
      ['setup', 'b', '--sink', 'c', '-c', good],
      2,
      /^$/,
      /Two sinks are named: b, and c with --sink/,
    ],
    ['files of a sink that has none', ['setup', 'b', '--out', folder, '-c', good], 2, /^$/, /leave --out out/],
    ['a valid configuration', ['validate', '-c', good], 0, /is valid: 1 source\(s\), 1 sink\(s\)/, /^$/],
    [
      'a bad configuration',
      ['validate', '-c', bad],
      78,
      /^$/,
      /bad\.yaml:1:40 {2}CONFIG_UNSET_VARIABLE {2}sources\.a\.api_key .*\n.*bad\.yaml:2:21 {2}CONFIG_SINK_MISSING {2}sinks\.b\.type .*\n2 errors; each code: https:\S+ERRORS\.md\n$/,
    ],
    ['a configuration that is not there', ['validate', '-c', '/not/there'], 78, /^$/, /cannot be read \(ENOENT\)/],
    ['running a bad configuration', ['run', '-c', bad], 78, /^$/, /\n2 errors; each code: https:\S+ERRORS\.md\n$/],
    ['the real API once, without a start', ['demo', '--once'], 2, /^$/, /needs --from/],
    ['the real API with other events', ['demo', '--events', '9', '--sample'], 2, /^$/, /has no --events, --sample\.$/m],
    [
      'the types of sinks',
      ['sinks'],
      0,
      /^file {12}built in\nstdout {10}built in\ndatadog {9}installed {3}@audit-relay\/sink-datadog\nelasticsearch {3}installed {3}@audit-relay\/sink-elasticsearch\nkafka {11}installed {3}@audit-relay\/sink-kafka\nsplunk-hec {6}installed {3}@audit-relay\/sink-splunk-hec\n$/,
      /^$/,
    ],
    ['the schema', ['schema'], 0, /^\{\n.*json-schema/s, /^$/],
    [
      'the types of events',
      ['schema', 'events'],
      0,
      /^type +feed .*\napi_key\.created +organization +iam +admin,creation +success +3004:1 /,
      /^$/,
    ],
    ['the types of events for a script', ['schema', 'events', '--json'], 0, /^\[\n.*"feed": "tenant"/s, /^$/],
    ['the status of no journal', ['status', '--journal', join(folder, 'none')], 1, /^$/, /./],
  ];
  test.each(cases)('%s', async (_, args, ...[code, out, talk]) => {
    expect(await command(...args)).toEqual({
      code,
      out: expect.stringMatching(out),
      talk: expect.stringMatching(talk),
    });
  });
});

test('--json gives a script every problem', async () => {
  const { code, out, talk } = await command('validate', '--json', '--config', bad);
  expect({ code, talk }).toEqual({ code: 78, talk: '' });
  expect(JSON.parse(out)).toEqual({
    valid: false,
    problems: [
      {
        level: 'error',
        file: bad,
        line: 1,
        column: 40,
        code: 'CONFIG_UNSET_VARIABLE',
        path: 'sources.a.api_key',
        expected: 'the variable NO is not set',
        fix: 'set NO, or give a default: ${NO:-…}',
      },
      expect.objectContaining({ line: 2, column: 21, code: 'CONFIG_SINK_MISSING', path: 'sinks.b.type' }),
    ],
  });
});

test('sinks --json says what is there', async () => {
  const rows = JSON.parse((await command('sinks', '--json')).out);
  expect(rows).toContainEqual({ type: 'file', state: 'built in' });
  expect(rows).toContainEqual(
    expect.objectContaining({ type: 'elasticsearch', package: '@audit-relay/sink-elasticsearch' }),
  );
});
