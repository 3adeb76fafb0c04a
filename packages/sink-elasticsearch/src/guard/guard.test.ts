/** That a data stream holds each event once, across rollovers, lost answers and restarts: cases 5 and 15 of this peer. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionsIn, failed, ok, refusal } from '../__fixtures__/emulator.ts';
import { STREAM, type World, world } from '../__fixtures__/world.ts';

const BULK = /_bulk/;
/** Half of the default timeout: what the server is told to work on a bulk. */
const BULK_MS = 30_000;

/** Ids that are held more than once. */
function doubled({ emulator }: World): readonly string[] {
  const ids = emulator.held.map(({ id }) => id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}

describe('5: a rollover between a send and its replay', () => {
  test('would double what is sent again without replay, as the real server does', async () => {
    const here = await world();
    await here.send(batchOf(envelopes(3)));
    here.emulator.rollover(STREAM);
    await here.send(batchOf(envelopes(3)));
    expect(doubled(here)).toHaveLength(3);
  });

  test.each([1, 2, 3, 4, 9])('doubles nothing after %i of them', async (rollovers) => {
    const here = await world();
    await here.send(batchOf(envelopes(3)));
    for (let turn = 0; turn < rollovers; turn += 1) here.emulator.rollover(STREAM);
    expect(await here.send(batchOf(envelopes(5), true))).toEqual({ kind: 'acked' });
    expect(doubled(here)).toEqual([]);
    expect(here.emulator.held).toHaveLength(5);
    expect(here.context.counts).toEqual([{ code: 'duplicate', n: 3 }]);
  });

  test.each([1, 2])('doubles nothing after %i of them though no search sees the events yet', async (rollovers) => {
    const here = await world();
    await here.send(batchOf(envelopes(3)));
    for (let turn = 0; turn < rollovers; turn += 1) here.emulator.rollover(STREAM, false);
    await here.send(batchOf(envelopes(3), true));
    expect(doubled(here)).toEqual([]);
  });

  test('looks into the newest backing indices by id, whatever the number of older ones', async () => {
    const here = await world();
    for (let turn = 0; turn < 5; turn += 1) here.emulator.rollover(STREAM);
    await here.send(batchOf(envelopes(3)));
    here.emulator.rollover(STREAM, false);
    await here.send(batchOf(envelopes(3), true));
    expect(doubled(here)).toEqual([]);
  });

  test('searches only where there is more than can be read by id', async () => {
    const { emulator, send } = await world();
    for (let turn = 0; turn < 3; turn += 1) emulator.rollover(STREAM);
    await send(batchOf(envelopes(1), true));
    expect(emulator.asked).not.toContain(`POST /${STREAM}/_search`);
    emulator.rollover(STREAM);
    await send(batchOf(envelopes(2), true));
    expect(emulator.asked).toContain(`POST /${STREAM}/_search`);
  });

  test('cannot double in mode index', async () => {
    const here = await world({ mode: 'index' });
    await here.send(batchOf(envelopes(3)));
    await here.send(batchOf(envelopes(3), true));
    expect(here.emulator.held).toHaveLength(3);
    expect(here.emulator.asked).not.toContain('POST /_mget');
  });

  test('writes nothing when all is held', async () => {
    const { emulator, send } = await world();
    await send(batchOf(envelopes(3)));
    expect(await send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
    expect(emulator.bulks).toHaveLength(1);
  });

  test('looks for nothing in a batch that was never sent', async () => {
    const { emulator, send } = await world();
    await send(batchOf(envelopes(3)));
    expect(emulator.asked).toEqual(['GET /', 'POST /_security/user/_has_privileges', `POST /${STREAM}/_bulk`]);
  });

  test('finds an event that is held several times', async () => {
    const here = await world();
    for (let turn = 0; turn < 6; turn += 1) {
      await here.send(batchOf(envelopes(2)));
      here.emulator.rollover(STREAM);
    }
    const before = here.emulator.held.length;
    for (let turn = 0; turn < 3; turn += 1) here.emulator.rollover(STREAM);
    expect(await here.send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
    expect(here.emulator.held.length - before).toBe(1);
  });
});

describe('after a lost answer', () => {
  test.each([
    { name: 'a reset', reply: { fault: 'reset_after_body' as const } },
    { name: 'a gateway that gives up', reply: { status: 504, body: '<h1>504</h1>' } },
    { name: 'half an answer', reply: { ...ok({}), body: '{"items":[' } },
  ])('looks only once the bulk can no longer be at work: $name', async ({ reply }) => {
    const here = await world();
    here.emulator.answers(BULK, reply, true);
    expect(await here.send(batchOf(envelopes(3)))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    here.emulator.answers(BULK, undefined);
    expect(await here.send(batchOf(envelopes(3), true))).toMatchObject({ kind: 'retryable', retryAfterMs: BULK_MS });
    here.pass(BULK_MS - 1);
    expect(await here.send(batchOf(envelopes(3), true))).toMatchObject({ kind: 'retryable', retryAfterMs: 1 });
    here.pass(1);
    here.emulator.rollover(STREAM, false);
    expect(await here.send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
    expect(doubled(here)).toEqual([]);
  });

  test('waits as well when a single event has no clear answer', async () => {
    const { emulator, send } = await world();
    emulator.items = () => failed(500, 'node_disconnected_exception');
    await send(batchOf(envelopes(1)));
    emulator.items = () => undefined;
    expect(await send(batchOf(envelopes(1), true))).toMatchObject({ kind: 'retryable', retryAfterMs: BULK_MS });
  });

  test.each([-72, -1, 1, 72])(
    'waits as long as a bulk can last, though the clock is set by %s hours',
    async (hours) => {
      const { emulator, pass, send, setClock } = await world();
      emulator.answers(BULK, { fault: 'reset_after_body' });
      await send(batchOf(envelopes(1)));
      emulator.answers(BULK, undefined);
      setClock(hours * 3_600_000);
      expect(await send(batchOf(envelopes(1), true))).toMatchObject({ retryAfterMs: BULK_MS });
      pass(BULK_MS - 1);
      expect(await send(batchOf(envelopes(1), true))).toMatchObject({ retryAfterMs: 1 });
      pass(1);
      expect(await send(batchOf(envelopes(1), true))).toEqual({ kind: 'acked' });
    },
  );

  test('remembers it though core has closed the sink and opened it anew', async () => {
    const here = await world();
    here.emulator.answers(BULK, { fault: 'hang' });
    const stop = new AbortController();
    const sent = here.send(batchOf(envelopes(2)), stop.signal);
    const { peer } = here.emulator;
    await peer.until(() => peer.requests.some(({ path }) => BULK.test(path)), 'the bulk');
    stop.abort(new Error('over'));
    await expect(sent).rejects.toThrow('over');
    here.emulator.answers(BULK, undefined);
    const reopened = await here.another();
    expect(await reopened.send(batchOf(envelopes(2), true))).toMatchObject({
      kind: 'retryable',
      retryAfterMs: BULK_MS,
    });
  });

  test('lets other events through at once', async () => {
    const { emulator, send } = await world();
    emulator.answers(BULK, { fault: 'reset_after_body' });
    await send(batchOf(envelopes(1)));
    emulator.answers(BULK, undefined);
    expect(await send(batchOf(envelopes(1, { id: () => 'another' })))).toEqual({ kind: 'acked' });
  });

  test.each([
    { name: 'a refusal', reply: refusal(429, 'es_rejected_execution_exception') },
    { name: 'a wrong credential', reply: refusal(401, 'security_exception') },
  ])('does not wait after an answer that nothing was done: $name', async ({ reply }) => {
    const { emulator, send } = await world();
    emulator.answers(BULK, reply);
    await send(batchOf(envelopes(1)));
    emulator.answers(BULK, undefined);
    expect(await send(batchOf(envelopes(1), true))).toEqual({ kind: 'acked' });
  });
});

describe('without the right to look', () => {
  test.each(['read', 'view_index_metadata'])('holds everything and names %s', async (privilege) => {
    const { emulator, send } = await world();
    emulator.lacks.add(privilege);
    const result = await send(batchOf(envelopes(1)));
    expect(result).toMatchObject({
      kind: 'blocked',
      reason: expect.stringContaining(`privilege ${privilege} on ${STREAM}`),
    });
    emulator.lacks.clear();
    expect(await send(batchOf(envelopes(1)))).toEqual({ kind: 'acked' });
  });

  test('writes all the same where best effort is enough, counts what it could not look for, and says so', async () => {
    const { context, emulator, send } = await world({ duplicate_guard: 'best_effort' });
    emulator.lacks.add('read');
    expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
    expect(context.counts).toEqual([]);
    emulator.rollover(STREAM);
    expect(await send(batchOf(envelopes(2), true))).toEqual({ kind: 'acked' });
    expect(context.counts).toEqual([{ code: 'unguarded', n: 2 }]);
    expect(context.logs.map(({ code }) => code)).toEqual(['ELASTICSEARCH_UNGUARDED']);
  });

  test.each([
    { lost: 'view_index_metadata', of: 'the backing indices' },
    { lost: 'read', of: 'single documents' },
  ])('blocks when the right is taken away later: $of', async ({ lost }) => {
    const { emulator, send } = await world();
    await send(batchOf(envelopes(1)));
    emulator.lacks.add(lost);
    expect(await send(batchOf(envelopes(1), true))).toMatchObject({
      kind: 'blocked',
      reason: expect.stringContaining(lost),
    });
  });

  test('asks for no rights in mode index', async () => {
    const { emulator, send } = await world({ mode: 'index' });
    emulator.lacks.add('read');
    expect(await send(batchOf(envelopes(1), true))).toEqual({ kind: 'acked' });
  });

  test('goes on where security is switched off', async () => {
    const { emulator, send } = await world();
    emulator.answers(/_has_privileges/, refusal(400, 'illegal_argument_exception', 'no handler found for uri'));
    expect(await send(batchOf(envelopes(1), true))).toEqual({ kind: 'acked' });
  });
});

describe('writes nothing when it cannot be sure', () => {
  test('a proxy says that there is no such stream', async () => {
    const { emulator, send } = await world();
    emulator.answers(/_data_stream/, { status: 404, body: '{}' });
    expect(await send(batchOf(envelopes(1), true))).toMatchObject({ kind: 'blocked' });
    expect(emulator.bulks).toEqual([]);
  });

  test.each([
    { name: 'the backing indices are not told', path: /_data_stream/, reply: ok({}) },
    { name: 'single documents are not told', path: /_mget/, reply: ok({ docs: [] }) },
    {
      name: 'a document’s shard is away',
      path: /_mget/,
      reply: ok({ docs: [{ _id: 'audit_log-0', error: { type: 'no_shard_available_action_exception', reason: '' } }] }),
    },
    { name: 'a search is cut', path: /_search/, reply: { ...ok({}), body: '{"took":1,"hi' } },
    { name: 'a search answers without its mark', path: /_search/, reply: ok({}) },
    { name: 'a shard of a search is away', path: /_search/, reply: refusal(503, 'search_phase_execution_exception') },
    {
      name: 'a proxy answers',
      path: /_search|_mget|_data_stream/,
      reply: { status: 200, body: '{"docs":[{"_id":"audit_log-0","found":false}],"took":1}' },
    },
  ])('$name', async ({ path, reply }) => {
    const { emulator, send } = await world();
    for (let turn = 0; turn < 5; turn += 1) emulator.rollover(STREAM);
    emulator.answers(path, reply);
    expect(await send(batchOf(envelopes(1), true))).toMatchObject({ kind: 'retryable' });
    expect(emulator.bulks).toEqual([]);
  });

  test('but takes an index that has just been deleted for one that holds nothing', async () => {
    const { emulator, send } = await world();
    emulator.rollover(STREAM);
    emulator.answers(
      /_mget/,
      ok({ docs: [{ _id: 'audit_log-0', error: { type: 'index_not_found_exception', reason: '' } }] }),
    );
    expect(await send(batchOf(envelopes(1), true))).toEqual({ kind: 'acked' });
  });
});

describe('with Elastic’s integration, whose pipeline replaces ids', () => {
  test('looks by event.id, and by id where no pipeline ran', async () => {
    const { emulator, send } = await world({ elastic_integration: true });
    emulator.rollover('logs-openai.audit-default');
    emulator.answers(
      /_search/,
      ok({
        took: 1,
        hits: { hits: [{ _id: 'fingerprint', fields: { 'event.id': ['audit_log-0'] } }, { _id: 'audit_log-1' }] },
      }),
    );
    expect(await send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
    expect(emulator.bulks.flatMap(actionsIn).map(({ id }) => id)).toEqual(['audit_log-2']);
  });
});

test('holds each event once, whatever answers are lost and whenever the stream rolls over', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('send' as const),
      first: fc.nat(12),
      count: fc.integer({ min: 1, max: 6 }),
      isLost: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('rollover' as const), isRefreshed: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const here = await world();
      const sent = new Set<string>();
      let unrefreshed = 0;
      for (const one of steps) {
        if (one.kind === 'rollover') {
          // Further than the newest three an event is looked for by search, which needs a refresh.
          unrefreshed = one.isRefreshed ? 0 : unrefreshed + 1;
          here.emulator.rollover(STREAM, one.isRefreshed || unrefreshed > 2);
          continue;
        }
        const list = envelopes(one.count, { id: (index) => `audit_log-${one.first + index}` });
        const isReplay = list.some(({ id }) => sent.has(id));
        here.emulator.answers(BULK, one.isLost ? { fault: 'reset_after_body' } : undefined, true);
        const result = await here.send(batchOf(list, isReplay));
        for (const { id } of list) sent.add(id);
        if (result.kind === 'retryable') here.pass(BULK_MS);
      }
      expect(doubled(here)).toEqual([]);
      await here.emulator.close();
    }),
    { numRuns: 40 },
  );
});
