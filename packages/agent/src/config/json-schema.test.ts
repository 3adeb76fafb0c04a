import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { schema } from '../commands/schema.ts';
import { SILENT } from '../process-io.test.fixture.ts';
import { readConfig } from './read.ts';

const folder = fileURLToPath(new URL('../../../../config/', import.meta.url));
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** What `audit-relay schema` prints. */
async function printed(): Promise<string> {
  const texts: string[] = [];
  await schema(
    { folder },
    {
      env: {},
      out: (text) => texts.push(text),
      flushed: () => Promise.resolve(true),
      input: () => Readable.from([]),
      hide: () => undefined,
      talk: (text) => texts.push(text),
      columns: () => undefined,
    },
  );
  return texts.join('');
}

const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
addFormats.default(ajv);
const text = await printed();
const check = ajv.compile(JSON.parse(text));

// To write it anew: node packages/agent/bin/audit-relay.js schema > config/audit-relay.schema.json
test('the published schema is the one that the command prints', async () => {
  expect(readFileSync(`${folder}audit-relay.schema.json`, 'utf8')).toBe(await printed());
});

/** What the examples take. */
const ENV = {
  OPENAI_ADMIN_KEY: 'sk-admin-example',
  ACME_ADMIN_KEY: 'sk-admin-acme',
  ACME_EUROPE_ADMIN_KEY: 'sk-admin-europe',
  SPLUNK_HEC_URL: 'https://splunk.example.com:8088',
  SPLUNK_HEC_TOKEN: '00000000-0000-0000-0000-000000000001',
  DD_API_KEY: '00000000000000000000000000000001',
  ELASTICSEARCH_URL: 'https://elasticsearch.example.com:9200',
  ELASTICSEARCH_API_KEY: 'a2V5OnNlY3JldA==',
  KAFKA_BROKER: 'kafka-0.example.com:9092',
  REDACT_KEY: 'a-key-of-enough-letters-to-hash-with',
};

describe('every example', () => {
  test.each(examples)('%s is valid, for the command and for an editor', async (name) => {
    expect((await readConfig(folder + name, { ...SILENT, env: ENV })).problems).toEqual([]);
    check(parse(readFileSync(folder + name, 'utf8')));
    expect(check.errors).toBeNull();
  });

  test.each(examples)('%s names its schema in the first line', (name) => {
    expect(readFileSync(folder + name, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/audit-relay\.schema\.json\n/,
    );
  });
});

describe('an editor is told', () => {
  const source = { type: 'openai', api_key: 'k' };
  const sink = { type: 'file', path: 'x' };
  const cases: readonly [name: string, config: object, valid: boolean][] = [
    ['nothing about a small configuration', { sources: { a: source }, sinks: { b: sink } }, true],
    [
      'nothing about a number from a variable',
      { sources: { a: { ...source, requests_per_second: '${RATE}' } }, sinks: { b: sink } },
      true,
    ],
    [
      'nothing about a sink that is unknown here',
      { sources: { a: source }, sinks: { b: { type: './mine.js', any: 1 } } },
      true,
    ],
    ['of a number in words', { sources: { a: { ...source, requests_per_second: 'five' } }, sinks: { b: sink } }, false],
    ['of an unknown key at the top', { sources: { a: source }, sinks: { b: sink }, jurnal: {} }, false],
    ['of an unknown key of a source', { sources: { a: { ...source, key: 'x' } }, sinks: { b: sink } }, false],
    ['of an unknown key of a sink', { sources: { a: source }, sinks: { b: { ...sink, pth: 'x' } } }, false],
    ['of a missing key of a sink', { sources: { a: source }, sinks: { b: { type: 'file' } } }, false],
    [
      'of a wrong value among the lane’s keys',
      { sources: { a: source }, sinks: { b: { ...sink, format: 'xml' } } },
      false,
    ],
    ['of a missing part', { sources: { a: source } }, false],
  ];
  test.each(cases)('%s', (_, config, valid) => {
    expect(check(config)).toBe(valid);
  });
});

/** Each key of each part, with its place; those of an item or a named part are among them. */
function keysIn(node: unknown, path: string): readonly (readonly [path: string, key: Record<string, unknown>])[] {
  const { properties = {}, anyOf = [], items, additionalProperties } = Object(node);
  const own = Object.entries(properties).flatMap(([name, key]) => [
    [`${path}.${name}`, Object(key)] as const,
    ...keysIn(key, `${path}.${name}`),
  ]);
  const forms = [...anyOf, items, additionalProperties].filter((form) => typeof form === 'object');
  return [...own, ...forms.flatMap((form) => keysIn(form, `${path}${Object(form).properties?.type?.const ?? ''}`))];
}

describe('every key', () => {
  const keys = keysIn(JSON.parse(text), '');
  const told = (key: Record<string, unknown>): boolean =>
    ['examples', 'default', 'const'].some((keyword) => keyword in key) ||
    (Array.isArray(key['enum']) && !('anyOf' in key));

  test('of every part and sink is there', () => {
    expect(keys.length).toBeGreaterThan(150);
  });

  test('says what it is for', () => {
    expect(keys.filter(([, { description }]) => typeof description !== 'string').map(([path]) => path)).toEqual([]);
  });

  test('has a default, one value, or an example', () => {
    expect(keys.filter(([, key]) => !told(key)).map(([path]) => path)).toEqual([]);
  });

  test('has examples that are good values', () => {
    const wrong = keys.flatMap(([path, { examples = [], ...key }]) =>
      (examples as readonly unknown[]).flatMap((example) =>
        ajv.validate({ ...key, $defs: JSON.parse(text).$defs }, example) ? [] : [`${path}: ${JSON.stringify(example)}`],
      ),
    );
    expect(wrong).toEqual([]);
  });
});
