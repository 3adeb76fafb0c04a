/** A secured node: the ways to trust it and to be let in, and what a missing right is called. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../services/elasticsearch/security.ts';
import { useNode } from './node.ts';
import { openSink } from './sink.ts';

const node = useNode({ version: '9.5.3', isSecure: true });
const STREAM = 'logs-openai.org_audit-secured';

/** The PEM file that this node is trusted by. */
function caFile(): string {
  return node().caFile ?? 'a secured node has one';
}

/** As the administrator. */
async function order(what: string, body?: object): Promise<unknown> {
  const [method, path = ''] = what.split(' ');
  const sent = request(`${node().url}${path}`, {
    method,
    ca: readFileSync(caFile()),
    auth: `${ADMIN.username}:${ADMIN.password}`,
    headers: { 'content-type': 'application/json' },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  // The pair of Node's `response` event has one element.
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if ((response.statusCode ?? 0) >= 300) throw new Error(`${what}: ${response.statusCode} ${answer}`);
  return JSON.parse(answer);
}

interface ApiKey {
  readonly id: string;
  readonly encoded: string;
}

/** What a key may do: only this, to the stream and to `secured-*`, and nothing to the cluster. */
function roleOf(privileges: readonly string[]): object {
  return { role: { indices: [{ names: [STREAM, 'secured-*'], privileges }] } };
}

async function keyFor(privileges: readonly string[]): Promise<ApiKey> {
  // The answer of this one request.
  return (await order('POST /_security/api_key', { name: 'test', role_descriptors: roleOf(privileges) })) as ApiKey;
}

describe('a secured node', () => {
  beforeAll(() => order(`PUT /_index_template/secured`, { index_patterns: [STREAM], data_stream: {}, priority: 600 }));

  test.each(['index', 'data_stream'])('takes events from an API key with the least rights, mode: %s', async (mode) => {
    const rights = ['create_doc', 'auto_configure', ...(mode === 'index' ? [] : ['read', 'view_index_metadata'])];
    const api_key = (await keyFor(rights)).encoded;
    const where = mode === 'index' ? { mode, index: 'secured-least-%Y.%m' } : { namespace: 'secured' };
    const { send } = await openSink(node().url, { ...where, auth: { api_key }, tls: { ca_file: caFile() } });
    expect(await send(batchOf(envelopes(10)))).toEqual({ kind: 'acked' });
    expect(await send(batchOf(envelopes(10), true))).toEqual({ kind: 'acked' });
    const target = mode === 'index' ? 'secured-least-*' : STREAM;
    await order(`POST /${target}/_refresh`);
    expect(await order(`GET /${target}/_count`)).toMatchObject({ count: 10 });
  });

  test('is trusted by the fingerprint of its authority, and by user and password', async () => {
    const ca_fingerprint = new X509Certificate(readFileSync(caFile())).fingerprint256;
    const { send } = await openSink(node().url, {
      mode: 'index',
      index: 'secured-print-%Y.%m',
      auth: ADMIN,
      ca_fingerprint,
    });
    expect(await send(batchOf(envelopes(3)))).toEqual({ kind: 'acked' });
  });

  const strangers = [
    { what: 'no authority', keys: { auth: ADMIN }, says: /certificate .*tls\.ca_file/ },
    { what: 'another fingerprint', keys: { auth: ADMIN, ca_fingerprint: 'AB'.repeat(32) }, says: /fingerprint/ },
  ];
  test.each(strangers)('is not sent anything with $what', async ({ keys, says }) => {
    const { send } = await openSink(node().url, { mode: 'index', index: 'secured-none-%Y.%m', ...keys });
    expect(await send(batchOf(envelopes(3)))).toMatchObject({ kind: 'blocked', reason: expect.stringMatching(says) });
  });

  test('blocks a wrong password without showing it', async () => {
    const auth = { ...ADMIN, password: 'not-this-one' };
    const tls = { ca_file: caFile() };
    const { send } = await openSink(node().url, { mode: 'index', index: 'secured-none-%Y.%m', auth, tls });
    const result = await send(batchOf(envelopes(3)));
    expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('401') });
    expect(JSON.stringify(result)).not.toContain('not-this-one');
  });

  const index = { mode: 'index', index: 'secured-lacks-%Y.%m' };
  const stream = { namespace: 'secured' };
  const lacking = [
    { lacks: 'create_doc', has: ['auto_configure'], keys: index },
    { lacks: 'read', has: ['create_doc', 'auto_configure', 'view_index_metadata'], keys: stream },
    { lacks: 'view_index_metadata', has: ['create_doc', 'auto_configure', 'read'], keys: stream },
  ];
  test.each(lacking)('blocks a key that lacks $lacks, naming it, until it is granted', async ({ lacks, has, keys }) => {
    const { id, encoded } = await keyFor(has);
    const tls = { ca_file: caFile() };
    const { send } = await openSink(node().url, { ...keys, auth: { api_key: encoded }, tls });
    expect(await send(batchOf(envelopes(2)))).toMatchObject({
      kind: 'blocked',
      reason: expect.stringContaining(`privilege ${lacks} on`),
    });
    await order(`PUT /_security/api_key/${id}`, { role_descriptors: roleOf([...has, lacks]) });
    expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
  });
});
