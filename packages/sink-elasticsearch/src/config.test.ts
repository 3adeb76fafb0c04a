/** What the sink's YAML may say, and what it makes of it. */
import { describe, expect, test } from 'vitest';
import { nodesOf } from './address.ts';
import { elasticsearchConfigSchema } from './config.ts';
import { elasticsearch } from './plugin.ts';
import { indexNamer, namesOf, streamOf } from './target.ts';

const NODES = { nodes: ['https://es.example.com:9200'] };
const CLOUD_ID = `main:${Buffer.from('eu-west-1.aws.found.io:443$abc123$kibana1').toString('base64')}`;

/** Where each problem is, with what was expected. */
function problems(keys: object): readonly string[] {
  const { error } = elasticsearchConfigSchema.safeParse(keys);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('takes', () => {
  test.each([
    { name: 'an API key', keys: { ...NODES, auth: { api_key: 'aWQ6a2V5' } } },
    { name: 'a user', keys: { ...NODES, auth: { username: 'ada', password: 'x:y' } } },
    { name: 'a token', keys: { ...NODES, auth: { bearer: 'token' } } },
    { name: 'no credential', keys: { nodes: ['http://127.0.0.1:9200', 'http://localhost:9201', 'http://[::1]:9202'] } },
    { name: 'a cloud id', keys: { cloud_id: CLOUD_ID, auth: { api_key: 'aWQ6a2V5' } } },
    { name: 'a client certificate', keys: { ...NODES, tls: { cert_file: 'c.pem', key_file: 'k.pem' } } },
    { name: 'a fingerprint', keys: { ...NODES, ca_fingerprint: Array.from({ length: 32 }, () => 'A1').join(':') } },
    {
      name: 'indices by day that are overwritten',
      keys: { ...NODES, mode: 'index', index: 'audit-%Y.%m.%d', overwrites: true },
    },
    { name: 'Elastic’s integration', keys: { ...NODES, elastic_integration: true, namespace: 'prod' } },
  ])('$name', ({ keys }) => {
    expect(problems(keys)).toEqual([]);
  });
});

describe('refuses', () => {
  test.each([
    { name: 'no address', keys: {}, at: 'nodes: expected either' },
    { name: 'two addresses', keys: { ...NODES, cloud_id: CLOUD_ID }, at: 'nodes: expected either' },
    { name: 'an address in the clear', keys: { nodes: ['http://es.example.com'] }, at: 'nodes.0: expected https' },
    {
      name: 'an address that looks like loopback',
      keys: { nodes: ['http://127.0.0.1.example.com'] },
      at: 'nodes.0: expected https',
    },
    {
      name: 'a credential in the address',
      keys: { nodes: ['https://ada:x@es.example.com'] },
      at: 'nodes.0: expected no credentials',
    },
    { name: 'a cloud id that is none', keys: { cloud_id: 'main' }, at: 'cloud_id: expected' },
    {
      name: 'a cloud id that leads elsewhere',
      keys: { cloud_id: `x:${Buffer.from('evil.com/$a?$').toString('base64')}` },
      at: 'cloud_id: expected',
    },
    {
      name: 'an API key that is not encoded',
      keys: { ...NODES, auth: { api_key: 'id:key' } },
      at: 'auth.api_key: expected the `encoded`',
    },
    { name: 'two credentials', keys: { ...NODES, auth: { api_key: 'x', bearer: 'y' } }, at: 'auth: expected one of' },
    { name: 'half a credential', keys: { ...NODES, auth: { username: 'ada' } }, at: 'auth: expected one of' },
    { name: 'an empty credential', keys: { ...NODES, auth: {} }, at: 'auth: expected one of' },
    { name: 'a namespace with a hyphen', keys: { ...NODES, namespace: 'a-b' }, at: 'namespace: expected' },
    {
      name: 'overwriting in a data stream',
      keys: { ...NODES, overwrites: true },
      at: 'overwrites: expected mode: index',
    },
    { name: 'an index for a data stream', keys: { ...NODES, index: 'x-%Y' }, at: 'index: expected mode: index' },
    {
      name: 'an index with another placeholder',
      keys: { ...NODES, mode: 'index', index: 'x-%H' },
      at: 'index: expected no other',
    },
    {
      name: 'an index in capitals',
      keys: { ...NODES, mode: 'index', index: 'X-%Y' },
      at: 'index: expected a lower-case',
    },
    {
      name: 'an index that begins with a hyphen',
      keys: { ...NODES, mode: 'index', index: '-x' },
      at: 'index: expected a name',
    },
    {
      name: 'the integration in indices',
      keys: { ...NODES, mode: 'index', elastic_integration: true },
      at: 'elastic_integration:',
    },
    {
      name: 'our template for the integration',
      keys: { ...NODES, elastic_integration: true, manage_template: true },
      at: 'manage_template:',
    },
    { name: 'a certificate without its key', keys: { ...NODES, tls: { cert_file: 'c.pem' } }, at: 'tls: expected' },
    {
      name: 'a fingerprint in the clear',
      keys: { nodes: ['http://127.0.0.1'], ca_fingerprint: 'a1'.repeat(32) },
      at: 'ca_fingerprint: expected https',
    },
    { name: 'a retention in words', keys: { ...NODES, retention: 'a year' }, at: 'retention: expected' },
    { name: 'an unknown key', keys: { ...NODES, indx: 'x' }, at: ': Unrecognized key' },
  ])('$name', ({ keys, at }) => {
    expect(problems(keys)).toEqual([expect.stringContaining(at)]);
  });
});

test('a cloud id leads to the deployment it names', () => {
  expect(nodesOf({ cloud_id: CLOUD_ID })).toEqual(['https://abc123.eu-west-1.aws.found.io:443']);
});

describe('where events go', () => {
  const parse = (keys: object) => elasticsearchConfigSchema.parse({ ...NODES, ...keys });

  test.each([
    { keys: {}, stream: 'logs-openai.org_audit-default', names: 'logs-openai.org_audit-default' },
    { keys: { namespace: 'prod' }, stream: 'logs-openai.org_audit-prod', names: 'logs-openai.org_audit-prod' },
    { keys: { elastic_integration: true }, stream: 'logs-openai.audit-default', names: 'logs-openai.audit-default' },
    { keys: { mode: 'index' }, stream: undefined, names: 'openai-audit-*' },
    { keys: { mode: 'index', index: 'all' }, stream: undefined, names: 'all' },
  ])('$names', ({ keys, stream, names }) => {
    expect(streamOf(parse(keys))).toBe(stream);
    expect(namesOf(parse(keys))).toBe(names);
  });

  test('is said to core: formats that the target takes, and what stands in the documents', () => {
    const document = (keys: object) => elasticsearch.document?.(parse(keys));
    expect(document({ namespace: 'prod' })).toEqual({
      formats: ['ecs'],
      dataset: 'openai.org_audit',
      namespace: 'prod',
      taken: 'bytes',
    });
    expect(document({ mode: 'index' })?.formats).toEqual(['ecs', 'ocsf', 'raw']);
    expect(document({ elastic_integration: true })).toMatchObject({ formats: ['raw'], dataset: 'openai.audit' });
  });

  test('is the index of the event’s own day or month in UTC, in whatever order events come', () => {
    const nameOf = indexNamer('x-%Y.%m.%d-%Y');
    const times = [
      '2026-01-31T23:59:59.999Z',
      '2026-02-01T00:00:00.000Z',
      '1999-12-31T23:00:00Z',
      '2026-01-31T00:00:00Z',
    ];
    expect(times.map((time) => nameOf(Date.parse(time)))).toEqual([
      'x-2026.01.31-2026',
      'x-2026.02.01-2026',
      'x-1999.12.31-1999',
      'x-2026.01.31-2026',
    ]);
  });
});
