/** That an answer to a bulk, or to a look at what is held, is believed only about the events that it names. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { failed, ok } from '../__fixtures__/emulator.ts';
import { failuresOf, world } from '../__fixtures__/world.ts';

const BULK = /_bulk/;

describe('an answer that names other events than were sent', () => {
  const items = (order: readonly number[], named = (at: number): string => `audit_log-${at}`): object[] =>
    order.map((at) => ({
      create: { _id: named(at), ...(at === 1 ? failed(400, 'document_parsing_exception') : { status: 201 }) },
    }));

  test.each([
    { name: 'in another order', given: items([1, 0, 2, 3]), says: 'in another order' },
    { name: 'backwards', given: items([3, 2, 1, 0]), says: 'in another order' },
    { name: 'one twice and one not at all', given: items([0, 1, 2, 2]), says: 'in another order' },
    { name: 'one missing', given: items([0, 1, 3]), says: '4 events is about 3' },
    { name: 'one too many', given: items([0, 1, 2, 3, 3]), says: '4 events is about 5' },
    { name: 'one of another bulk', given: items([0, 1, 2, 9]), says: 'ingest pipeline' },
    { name: 'ids of a pipeline', given: items([0, 1, 2, 3], (at) => `hash-${at}`), says: 'ingest pipeline' },
  ])('settles nothing: $name', async ({ given, says }) => {
    const { context, emulator, send } = await world();
    emulator.answers(BULK, ok({ items: given }));
    const result = await send(batchOf(envelopes(4)));
    expect(result).toMatchObject({ kind: 'retryable', why: 'unanswered', reason: expect.stringContaining(says) });
    expect(context.counts).toEqual([]);
  });

  test('settles nothing of what is looked up either', async () => {
    const { emulator, send } = await world();
    await send(batchOf(envelopes(2)));
    const [one = ''] = emulator.held.map(({ index }) => index);
    const found = (id: string): object => ({ _index: one, _id: id, found: false });
    emulator.answers(/_mget/, ok({ docs: [found('audit_log-1'), found('audit_log-1')] }));
    expect(await send(batchOf(envelopes(2), true))).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(emulator.bulks.length).toBe(1);
  });

  test('is an answer all the same where the integration’s pipeline makes the ids', async () => {
    const { emulator, send } = await world({ elastic_integration: true });
    emulator.answers(BULK, ok({ items: items([0, 1, 2, 3], (at) => `hash-${at}`) }));
    expect(failuresOf(await send(batchOf(envelopes(4))))).toEqual([[1, 'rejected']]);
  });

  test('is an answer all the same for what stands in the failure store under another id', async () => {
    const { context, emulator, send } = await world();
    const given = items([0, 2]);
    given[1] = { create: { _id: 'made-by-the-server', status: 201, failure_store: 'used' } };
    emulator.answers(BULK, ok({ items: given }));
    expect(await send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
    expect(context.counts).toEqual([{ code: 'degraded', n: 1 }]);
  });
});
