/** The acceptance cases of this peer, against a cluster that is emulated strictly. */
import { createServer } from 'node:net';
import type { SendResult } from '@audit-relay/sink';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { actionsIn, failed, ok, refusal } from './__fixtures__/emulator.ts';
import { failuresOf, type World, world } from './__fixtures__/world.ts';

const BULK = /_bulk/;
const INDEX = { mode: 'index' };

/** How many documents are held, and how many ids. */
function heldBy({ emulator }: World): readonly [documents: number, ids: number] {
  return [emulator.held.length, new Set(emulator.held.map(({ id }) => id)).size];
}

/** Items of the kit's envelopes, in their order. */
function itemsOf(count: number, item: object): string {
  return JSON.stringify({
    items: Array.from({ length: count }, (_, at) => ({ create: { _id: `audit_log-${at}`, ...item } })),
  });
}

/** The reason of a result that has one for all events. */
function reasonOf(result: SendResult): string {
  return 'reason' in result ? result.reason : '';
}

test('1: sends only create, the same ids after a restart, lines that all end, and times in ISO', async () => {
  const first = await world();
  await first.send(batchOf(envelopes(3)));
  const second = await first.another();
  await second.send(batchOf(envelopes(3)));
  const [one, two] = first.emulator.bulks.map(({ text }) => text);
  expect(one).toBe(two);
  expect(one?.endsWith('\n')).toBe(true);
  const actions = first.emulator.bulks.flatMap(actionsIn);
  expect(new Set(actions.map(({ operation }) => operation))).toEqual(new Set(['create']));
  for (const { source } of actions) expect(source).toMatch(/"@timestamp":"\d{4}-\d\d-\d\dT[\d:.]+Z"/);
});

describe('2: a bulk that is taken in part', () => {
  test('says of each event what became of it, by its place', async () => {
    const { emulator, send } = await world();
    const answers = [
      undefined,
      failed(429, 'es_rejected_execution_exception'),
      undefined,
      failed(503, 'unavailable_shards_exception'),
      failed(400, 'document_parsing_exception'),
    ];
    emulator.items = ({ place }) => answers[place];
    expect(await send(batchOf(envelopes(5)))).toEqual({
      kind: 'partial',
      acked: 2,
      failures: [
        { index: 1, failure: { kind: 'retryable', why: 'refused', reason: '429 es_rejected_execution_exception' } },
        { index: 3, failure: { kind: 'retryable', why: 'unanswered', reason: '503 unavailable_shards_exception' } },
        { index: 4, failure: { kind: 'rejected', reason: 'document_parsing_exception' } },
      ],
    });
    expect(emulator.bulks.length).toBe(1);
  });

  test('counts places in the batch when some of it was held already', async () => {
    const { emulator, send } = await world();
    await send(batchOf(envelopes(4).slice(0, 2)));
    emulator.items = ({ id }) => (id === 'audit_log-3' ? failed(400, 'document_parsing_exception') : undefined);
    const result = await send(batchOf(envelopes(4), true));
    expect(failuresOf(result)).toEqual([[3, 'rejected']]);
    expect(result).toMatchObject({ kind: 'partial', acked: 3 });
  });
});

test('3: takes conflicts for a yes, counts them, and logs nothing', async () => {
  const { context, emulator, send } = await world();
  emulator.items = () => failed(409, 'version_conflict_engine_exception', 'already exists');
  expect(await send(batchOf(envelopes(7)))).toEqual({ kind: 'acked' });
  expect(context.counts).toEqual([{ code: 'duplicate', n: 7 }]);
  expect(context.logs).toEqual([]);
});

test('4: stores each event once when the connection is cut after the work was done', async () => {
  const here = await world(INDEX);
  here.emulator.answers(BULK, { fault: 'reset_after_body' }, true);
  expect(await here.send(batchOf(envelopes(5)))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  here.emulator.answers(BULK, undefined);
  expect(await here.send(batchOf(envelopes(5), true))).toEqual({ kind: 'acked' });
  expect(heldBy(here)).toEqual([5, 5]);
});

test('6: takes an event in the failure store for delivered, counts it, and warns once in a while', async () => {
  const { context, emulator, pass, send } = await world();
  emulator.items = () => ({ status: 201, failure_store: 'used' });
  expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
  expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
  pass(300_000);
  await send(batchOf(envelopes(2)));
  expect(context.counts).toEqual(Array.from({ length: 3 }, () => ({ code: 'degraded', n: 2 })));
  expect(context.logs.map(({ code }) => code)).toEqual(['ELASTICSEARCH_FAILURE_STORE', 'ELASTICSEARCH_FAILURE_STORE']);
});

test('7: leaves to core how often an event is tried that even the failure store refuses', async () => {
  const { emulator, send } = await world();
  emulator.items = () => ({ ...failed(400, 'document_parsing_exception'), failure_store: 'failed' });
  expect(await send(batchOf(envelopes(1)))).toMatchObject({
    failures: [{ failure: { kind: 'retryable', why: 'failed' } }],
  });
});

test('8: says that a request is too large when a proxy says so in HTML', async () => {
  const { emulator, send } = await world();
  emulator.answers(BULK, { status: 413, headers: { 'content-type': 'text/html' }, body: '<h1>413</h1>' });
  expect(await send(batchOf(envelopes(2)))).toMatchObject({ kind: 'too_large' });
  expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind: 'too_large' });
});

test('9: asks once for each send when the cluster answers 503 five times', async () => {
  const { emulator, send } = await world();
  emulator.answers(BULK, refusal(503, 'cluster_manager_not_discovered_exception'));
  for (let turn = 1; turn <= 5; turn += 1) {
    expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind: 'retryable', why: 'refused' });
    expect(emulator.bulks.length).toBe(turn);
  }
});

test('10: says refused, without a wait, to a 429 for the whole request', async () => {
  const { emulator, send } = await world();
  emulator.answers(
    BULK,
    refusal(429, 'es_rejected_execution_exception', 'rejected execution of coordinating operation'),
  );
  const result = await send(batchOf(envelopes(2)));
  expect(result).toEqual({ kind: 'retryable', why: 'refused', reason: 'HTTP 429 (es_rejected_execution_exception)' });
});

test('11: holds everything while the credentials are refused, and goes on when they are taken', async () => {
  const { emulator, send } = await world();
  emulator.answers(/./, refusal(401, 'security_exception', 'unable to authenticate'));
  expect(await send(batchOf(envelopes(2)))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('auth') });
  emulator.answers(/./, undefined);
  expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
});

test.each([
  { action: 'indices:data/write/bulk[s]', privilege: 'create_doc' },
  { action: 'indices:admin/auto_create', privilege: 'auto_configure' },
  { action: 'indices:admin/mapping/auto_put', privilege: 'auto_configure' },
])('12: names the privilege $privilege when an event is refused for want of it', async ({ action, privilege }) => {
  const { emulator, send } = await world();
  const reason = `action [${action}] is unauthorized for API key id [secret-id] of user [ada]`;
  emulator.items = () => failed(403, 'security_exception', reason);
  const result = await send(batchOf(envelopes(2)));
  expect(failuresOf(result)).toEqual([
    [0, 'blocked'],
    [1, 'blocked'],
  ]);
  expect(JSON.stringify(result)).toContain(`privilege ${privilege} on logs-openai.org_audit-default`);
  expect(JSON.stringify(result)).not.toMatch(/secret-id|ada/);
});

describe('13: an answer without Elastic’s header', () => {
  const opensearch = {
    headers: { 'content-type': 'application/json' },
    body: '{"version":{"number":"2.19.0","distribution":"opensearch"}}',
  };

  test('keeps every event from a cluster that is not Elasticsearch', async () => {
    const { emulator, send } = await world();
    emulator.answers(/GET \/$/, opensearch);
    const result = await send(batchOf(envelopes(2)));
    expect(result.kind).toBe('blocked');
    expect(reasonOf(result)).toContain('OpenSearch is not supported');
    expect(emulator.bulks).toEqual([]);
  });

  test('keeps every event from OpenSearch though something adds the header', async () => {
    const { emulator, send } = await world();
    emulator.answers(/GET \/$/, ok({ version: { number: '2.19.0', distribution: 'opensearch' } }));
    expect(reasonOf(await send(batchOf(envelopes(2))))).toContain('OpenSearch is not supported');
    expect(emulator.bulks).toEqual([]);
  });

  test('takes no yes for a bulk', async () => {
    const { emulator, send } = await world();
    emulator.answers(BULK, { ...opensearch, body: itemsOf(1, { status: 201 }) });
    expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  });
});

test('14: holds everything when the server does not speak our version', async () => {
  const { emulator, send } = await world();
  emulator.answers(BULK, refusal(400, 'media_type_header_exception', 'Invalid media-type value on headers [Accept]'));
  const result = await send(batchOf(envelopes(1)));
  expect(result.kind).toBe('blocked');
  expect(reasonOf(result)).toContain('media_type_header_exception');
});

test.each([
  {
    name: 'a parameter that the server does not know',
    reply: refusal(400, 'illegal_argument_exception', 'request [/_bulk] contains unrecognized parameter: [x]'),
  },
  {
    name: 'something that is not Elasticsearch',
    reply: { ...refusal(400, 'illegal_argument_exception'), headers: { 'content-type': 'application/json' } },
  },
])('buries nothing for a 400 of $name', async ({ reply }) => {
  const { emulator, send } = await world();
  emulator.answers(BULK, reply);
  expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind: 'blocked' });
});

test('15: gives up on a cluster that hangs after the work was done, and stores each event once', async () => {
  const here = await world({ ...INDEX, request_timeout_ms: 150 });
  here.emulator.answers(BULK, { fault: 'hang' }, true);
  expect(await here.send(batchOf(envelopes(3)))).toMatchObject({
    kind: 'retryable',
    why: 'unanswered',
    reason: expect.stringContaining('no answer in time'),
  });
  here.emulator.answers(BULK, undefined);
  expect(await here.send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
  expect(heldBy(here)).toEqual([3, 3]);
});

test.each([
  { name: 'JSON that ends early', body: itemsOf(3, { status: 201 }).slice(0, -20) },
  { name: 'fewer items than events', body: itemsOf(1, { status: 201 }) },
  { name: 'more items than events', body: itemsOf(4, { status: 201 }) },
  { name: 'an item without a status', body: itemsOf(3, {}) },
  {
    name: 'items without ids',
    body: '{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}',
  },
  { name: 'an empty item', body: '{"items":[{},{},{}]}' },
  { name: 'no items', body: '{}' },
])('16: takes $name for a lost answer', async ({ body }) => {
  const { emulator, send } = await world();
  const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
  emulator.answers(BULK, { headers, body });
  expect(await send(batchOf(envelopes(3)))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
});

test('17: holds everything when no template makes a data stream, and says how to get one', async () => {
  const { emulator, send } = await world();
  emulator.items = () =>
    failed(404, 'index_not_found_exception', 'no such index and [require_data_stream] request is [true]');
  const result = await send(batchOf(envelopes(1)));
  expect(failuresOf(result)).toEqual([[0, 'blocked']]);
  expect(JSON.stringify(result)).toContain('audit-relay setup');
  expect(emulator.bulks[0]?.path).toContain('require_data_stream=true');
});

test('18: sends gzip, and no more than the cluster takes when it is unpacked', async () => {
  const { emulator, send } = await world();
  expect(await send(batchOf(envelopes(1_000, { bytes: 6_000 })))).toEqual({ kind: 'acked' });
  expect(emulator.bulks[0]?.headers['content-encoding']).toBe('gzip');
  expect(Buffer.byteLength(emulator.bulks[0]?.text ?? '')).toBeLessThan(10_000_000);
});

test('19: uses the other node when one refuses, tries the bad one again, and asks nobody for more nodes', async () => {
  const bad = createServer();
  const port = await new Promise<number>((resolve) =>
    bad.listen(0, '127.0.0.1', () => resolve((bad.address() as { port: number }).port)),
  );
  bad.close();
  const here = await world();
  const { send } = await here.another({ nodes: [`http://127.0.0.1:${port}`, here.emulator.url] });
  const kinds: string[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    kinds.push((await send(batchOf(envelopes(1)))).kind);
    here.pass(1_000);
  }
  expect(kinds.filter((kind) => kind === 'acked').length).toBeGreaterThan(6);
  expect(kinds.filter((kind) => kind === 'retryable').length).toBeGreaterThan(1);
  expect(new Set(here.emulator.asked.filter((path) => !path.endsWith('_bulk')))).toEqual(
    new Set(['GET /', 'POST /_security/user/_has_privileges']),
  );
});

test('20: says which field was wrong, and nothing of what was in it', async () => {
  const { context, emulator, send } = await world();
  const reason =
    "[1:29] failed to parse field [source.ip] of type [ip] in document with id 'audit_log-0'. Preview of field's value: 'canary-in-the-event-5b1f'";
  emulator.items = () => failed(400, 'document_parsing_exception', reason);
  const result = await send(batchOf(envelopes(1)));
  expect(result).toMatchObject({
    failures: [{ failure: { kind: 'rejected', reason: 'document_parsing_exception: the field source.ip is no ip' } }],
  });
  expect(JSON.stringify([result, context.logs])).not.toContain('canary');
});

describe('a whole bulk that is refused for one of its events', () => {
  test('is rejected, and alone that event is', async () => {
    const { send } = await world();
    const long = envelopes(3, { id: (index) => (index === 1 ? 'x'.repeat(513) : `audit_log-${index}`) });
    expect(await send(batchOf(long))).toMatchObject({ kind: 'rejected' });
    expect(await send(batchOf(long.slice(1, 2)))).toMatchObject({ kind: 'rejected' });
    expect(await send(batchOf(long.slice(2)))).toEqual({ kind: 'acked' });
  });
});

describe('a block of the cluster', () => {
  const flood = 'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];';
  const cases = [
    { name: 'the flood stage', status: 429, reason: flood, says: 'flood-stage', kind: 'blocked' },
    {
      name: 'a read-only index',
      kind: 'retryable',
      status: 403,
      reason: 'index [x] blocked by: [FORBIDDEN/5/index read-only (api)];',
      says: 'read-only',
    },
    {
      name: 'a write block',
      kind: 'retryable',
      status: 403,
      reason: 'index [x] blocked by: [FORBIDDEN/8/index write (api)];',
      says: 'writing',
    },
  ];

  test.each(cases)(
    'holds an event, is never its fault, and is named: $name',
    async ({ status, reason, says, kind }) => {
      const { emulator, send } = await world();
      emulator.items = () => failed(status, 'cluster_block_exception', reason);
      const held = {
        kind,
        reason: expect.stringContaining(says),
        ...(kind === 'retryable' ? { retryAfterMs: 60_000 } : {}),
      };
      expect(await send(batchOf(envelopes(1)))).toMatchObject({ failures: [{ failure: held }] });
      emulator.answers(BULK, refusal(status, 'cluster_block_exception', reason));
      expect(await send(batchOf(envelopes(1)))).toMatchObject(held);
    },
  );
});

describe('parameters', () => {
  test.each([
    { version: '8.5.0', has: [], lacks: ['require_data_stream', 'include_source_on_error'] },
    { version: '8.13.4', has: ['require_data_stream'], lacks: ['include_source_on_error'] },
    { version: '8.19.2', has: ['require_data_stream', 'include_source_on_error'], lacks: [] },
    { version: '9.0.0', has: ['require_data_stream', 'include_source_on_error'], lacks: [] },
  ])('are those that $version knows', async ({ version, has, lacks }) => {
    const { emulator, send } = await world();
    emulator.version = version;
    expect(await send(batchOf(envelopes(1)))).toEqual({ kind: 'acked' });
    const path = emulator.bulks[0]?.path ?? '';
    for (const name of has) expect(path).toContain(name);
    for (const name of lacks) expect(path).not.toContain(name);
  });

  test('are all those there are in serverless, whose version says nothing', async () => {
    const { emulator, send } = await world();
    Object.assign(emulator, { version: '8.11.0', flavor: 'serverless' });
    emulator.answers(BULK, ok({ items: [{ create: { _id: 'audit_log-0', status: 201 } }] }));
    expect(await send(batchOf(envelopes(1)))).toEqual({ kind: 'acked' });
    expect(emulator.bulks[0]?.path).toMatch(/require_data_stream=true.*include_source_on_error=false/);
  });

  test('tell the server to give up before we do', async () => {
    const { emulator, send } = await world({ request_timeout_ms: 5_000 });
    await send(batchOf(envelopes(1)));
    expect(emulator.bulks[0]?.path).toContain('timeout=2500ms');
  });
});

test.each([
  { version: '7.17.0', kind: 'blocked' },
  { version: '8.0.0', kind: 'acked' },
  { version: '10.0.0', kind: 'acked' },
])('takes version $version for $kind', async ({ version, kind }) => {
  const { emulator, send } = await world();
  emulator.version = version;
  expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind });
});

test('says failed, not unanswered, when who is there is not told: nothing was written', async () => {
  const { emulator, send } = await world();
  for (const reply of [{ fault: 'reset_after_body' as const }, { status: 502 }]) {
    emulator.answers(/GET \/$/, reply);
    expect(await send(batchOf(envelopes(1)))).toMatchObject({ kind: 'retryable', why: 'failed' });
  }
});

test('asks who is there once, however many batches there are', async () => {
  const { emulator, send } = await world();
  for (let turn = 0; turn < 3; turn += 1) await send(batchOf(envelopes(1)));
  expect(emulator.asked.filter((path) => path === 'GET /').length).toBe(1);
});
