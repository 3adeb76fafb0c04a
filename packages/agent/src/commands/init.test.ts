/** A first configuration: it is valid, holds no secret, and goes over nothing that is there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../config/read.ts';
import { TEMPLATES } from '../init/templates.ts';
import { BUILT_IN, PUBLISHED } from '../plugins.ts';
import { SILENT } from '../process-io.test.fixture.ts';
import { type InitOptions, init } from './init.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

async function run(options: Partial<InitOptions> = {}): Promise<Ended> {
  const texts = { out: '', talk: '' };
  const config = join(folder, 'audit-relay.yaml');
  const given = { config, sources: [], sinks: [], print: false, ...options };
  const code = await init(given, {
    env: {},
    out: (text) => (texts.out += text),
    hide: () => undefined,
    talk: (text) => (texts.talk += text),
    columns: () => undefined,
    flushed: () => Promise.resolve(true),
    input: () => Readable.from([]),
  });
  return { code, ...texts };
}

function written(): string {
  return readFileSync(join(folder, 'audit-relay.yaml'), 'utf8');
}

/** Those that the command says to set, each with something that could be right. */
function variablesIn(talk: string): Readonly<Record<string, string>> {
  const examples: Readonly<Record<string, string>> = {
    SPLUNK_HEC_URL: 'https://splunk.example.com:8088',
    SPLUNK_INDEX: 'security',
    DD_SITE: 'datadoghq.eu',
    ELASTICSEARCH_URL: 'https://elasticsearch.example.com:9200',
    KAFKA_BROKER: 'kafka-0.example.com:9092',
    KAFKA_TOPIC: 'openai.audit',
  };
  const names = [...talk.matchAll(/^ {2}export (\w+)=…/gm)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, examples[name] ?? `secret-of-${name}`]));
}

test('there is a template for every type of sink, and for no other', () => {
  expect(TEMPLATES.map(({ type }) => type).toSorted()).toEqual([...BUILT_IN.keys(), ...PUBLISHED].toSorted());
});

describe('a file with', () => {
  test.each<{ name: string; options: Partial<InitOptions>; sources: string[]; sinks: string[] }>([
    ...TEMPLATES.map(({ type, name }) => ({
      name: `a ${type} sink`,
      options: { sinks: [type] },
      sources: ['openai'],
      sinks: [name],
    })),
    {
      name: 'all of them',
      options: { sinks: TEMPLATES.map(({ type }) => type), from: '90d' },
      sources: ['openai'],
      sinks: TEMPLATES.map(({ name }) => name),
    },
    {
      name: 'several organizations, and two of a type',
      options: { sources: ['acme', 'acme.eu'], sinks: ['splunk-hec', 'splunk-hec'], from: '2026-01-01' },
      sources: ['acme', 'acme.eu'],
      sinks: ['splunk', 'splunk-2'],
    },
  ])('$name is valid once the variables that it names are set', async ({ options, ...names }) => {
    const { code, out, talk } = await run(options);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const { config, problems } = await readConfig(join(folder, 'audit-relay.yaml'), {
      ...SILENT,
      env: variablesIn(talk),
    });
    expect(problems).toEqual([]);
    expect(Object.keys(config?.sources ?? {})).toEqual(names.sources);
    expect(Object.keys(config?.sinks ?? {})).toEqual(names.sinks);
  });
});

test('it is commented, names its schema, and has the schema beside it', async () => {
  await run({ sinks: ['file'] });
  expect(written()).toMatch(/^# yaml-language-server: \$schema=\.\/audit-relay\.schema\.json\n/);
  expect(
    written()
      .split('\n')
      .filter((line) => line.trim().startsWith('#')).length,
  ).toBeGreaterThan(8);
  const schema = JSON.parse(readFileSync(join(folder, 'audit-relay.schema.json'), 'utf8'));
  expect(schema).toMatchObject({ title: 'Audit Relay configuration' });
});

test('each credential is a variable', async () => {
  await run({ sources: ['acme', 'other'], sinks: TEMPLATES.map(({ type }) => type) });
  const credentials = written().match(/^ +(api_key|token|password): .*$/gm) ?? [];
  expect(credentials.length).toBeGreaterThan(4);
  for (const line of credentials) expect(line).toMatch(/: \$\{[A-Z0-9_]+\}$/);
});

test('a file that is there is left as it is', async () => {
  writeFileSync(join(folder, 'audit-relay.yaml'), 'mine\n');
  const { code, talk } = await run({ sinks: ['file'] });
  expect({ code, talk }).toEqual({ code: 1, talk: expect.stringMatching(/is there, and is left as it is/) });
  expect(written()).toBe('mine\n');
});

test('--print writes nothing but to stdout', async () => {
  const { code, out } = await run({ sinks: ['stdout'], print: true });
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('type: stdout') });
  expect(existsSync(join(folder, 'audit-relay.yaml'))).toBe(false);
});

describe('nothing is written', () => {
  test.each<{ name: string; options: Partial<InitOptions>; code: number; talk: RegExp }>([
    {
      name: 'where nothing is said and nobody can be asked',
      options: {},
      code: 2,
      talk: /--sink <type>; there are file/,
    },
    { name: 'for an unknown type', options: { sinks: ['splunk'] }, code: 2, talk: /no type of sink splunk; there are/ },
    {
      name: 'for a name that none can have',
      options: { sources: ['1'], sinks: ['file'] },
      code: 2,
      talk: /1 is no name/,
    },
    { name: 'for one name twice', options: { sources: ['a', 'a'], sinks: ['file'] }, code: 2, talk: /a is no name/ },
    {
      name: 'for a time that is none',
      options: { sinks: ['file'], from: 'soon' },
      code: 78,
      talk: /backfill_start_time/,
    },
  ])('$name', async ({ options, code, talk }) => {
    expect(await run(options)).toEqual({ code, out: '', talk: expect.stringMatching(talk) });
    expect(existsSync(join(folder, 'audit-relay.yaml'))).toBe(false);
  });
});

/** A terminal on which each line is typed once its question stands there. */
function terminalOf(answers: readonly (readonly [question: RegExp, typed: string])[]): InitOptions['terminal'] {
  const input = new PassThrough();
  const left = [...answers];
  let shown = '';
  // As the process's own streams, it is not ended by what is piped into it.
  const output = new PassThrough();
  output.end = () => output;
  output.on('data', (chunk: Buffer) => {
    shown += String(chunk);
    const [next] = left;
    if (next === undefined || !next[0].test(shown)) return;
    left.shift();
    shown = '';
    setImmediate(() => input.write(next[1]));
  });
  return { input, output };
}

describe('on a terminal it asks', () => {
  test('for names, times, sinks and addresses, and never for a secret', async () => {
    const terminal = terminalOf([
      [/Names for your organizations/, 'acme, other\r'],
      [/Read events since/, '90d\r'],
      // Down to Splunk, which is the third.
      [/Where do the events go/, '\u001b[B\u001b[B \r'],
      [/Address of the HTTP Event Collector/, 'https://splunk.example.com:8088\r'],
      [/Index of the events/, '\r'],
    ]);
    const { code, talk } = await run(terminal === undefined ? {} : { terminal });
    expect(code).toBe(0);
    expect(Object.keys(variablesIn(talk))).toEqual([
      'ACME_OPENAI_ADMIN_KEY',
      'OTHER_OPENAI_ADMIN_KEY',
      'SPLUNK_INDEX',
      'SPLUNK_HEC_TOKEN',
    ]);
    expect(written()).toContain('    url: https://splunk.example.com:8088\n');
    expect(written()).toContain('    index: ${SPLUNK_INDEX}\n');
    expect(written()).toContain('    backfill_start_time: 90d\n');
  });

  test('and Ctrl-C leaves nothing behind', async () => {
    const terminal = terminalOf([[/Names for your organizations/, '\u0003']]);
    const { code } = await run(terminal === undefined ? {} : { terminal });
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'audit-relay.yaml'))).toBe(false);
  });
});
