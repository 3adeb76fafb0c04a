/** One `send` after another against real nodes: what is stored, what comes back, and what a second copy does. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { allowStream, notOnce, order, useNode } from './node.ts';
import { failuresOf, openSink } from './sink.ts';

const STREAM = 'logs-openai.org_audit';
/** The month of the kit's events. */
const MONTH = '2026.03';
const COUNT = 500;

const idsOf = (count: number): readonly string[] => envelopes(count).map(({ id }) => id);

describe.each(['9.5.3', '8.19.2'] as const)('Elasticsearch %s', (version) => {
  const node = useNode({ version });

  describe('mode: index', () => {
    test('stores each event once in the index of its month, however often it is sent', async () => {
      const { send, context } = await openSink(node().url, { mode: 'index', index: 'once-%Y.%m' });
      const batch = batchOf(envelopes(COUNT));
      expect(await send(batch)).toEqual({ kind: 'acked' });
      expect(await send(batch)).toEqual({ kind: 'acked' });
      expect(await send({ ...batch, replay: true })).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, `once-${MONTH}`, idsOf(COUNT))).toEqual([]);
      expect(context.counts).toEqual([
        { code: 'duplicate', n: COUNT },
        { code: 'duplicate', n: COUNT },
      ]);
    });

    test('replaces documents where it is told to, and still holds each once', async () => {
      const { send } = await openSink(node().url, { mode: 'index', index: 'better-%Y.%m', overwrites: true });
      await send(batchOf(envelopes(20)));
      expect(await send(batchOf(envelopes(20, { message: 'a better mapping' }), true))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, `better-${MONTH}`, idsOf(20))).toEqual([]);
      expect(await order(node().url, `GET /better-${MONTH}/_doc/audit_log-7`)).toMatchObject({
        _source: { message: 'a better mapping' },
      });
    });

    test('replaces documents for the one batch that says so, and leaves them for the next', async () => {
      const { send } = await openSink(node().url, { mode: 'index', index: 'again-%Y.%m' });
      const held = (): Promise<unknown> => order(node().url, `GET /again-${MONTH}/_doc/audit_log-7`);
      await send(batchOf(envelopes(20)));
      const better = batchOf(envelopes(20, { message: 'a better mapping' }), true);
      expect(await send(better)).toEqual({ kind: 'acked' });
      expect(await held()).not.toMatchObject({ _source: { message: 'a better mapping' } });
      expect(await send({ ...better, overwrite: true })).toEqual({ kind: 'acked' });
      expect(await send(batchOf(envelopes(20), true))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, `again-${MONTH}`, idsOf(20))).toEqual([]);
      expect(await held()).toMatchObject({ _source: { message: 'a better mapping' } });
    });

    test('rejects the one event that the mapping refuses, and stores the others', async () => {
      const { url } = node();
      await order(url, `PUT /typed-${MONTH}`, { mappings: { properties: { message: { type: 'long' } } } });
      const { send } = await openSink(url, { mode: 'index', index: 'typed-%Y.%m' });
      const good = envelopes(10, { message: '12' });
      const [bad] = envelopes(1, { id: () => 'bad', message: 'no number' });
      const result = await send(batchOf([...good.slice(0, 4), bad!, ...good.slice(4)]));
      expect(result).toMatchObject({ kind: 'partial', acked: 10 });
      expect(failuresOf(result)).toEqual([{ index: 4, kind: 'rejected' }]);
      expect(JSON.stringify(result)).not.toContain('no number');
      expect(await notOnce(url, `typed-${MONTH}`, idsOf(10))).toEqual([]);
    });

    test('holds everything while the index is read-only, and goes on when that is lifted', async () => {
      const { url } = node();
      const block = (isOn: boolean): Promise<unknown> =>
        order(url, `PUT /blocked-${MONTH}/_settings`, { 'index.blocks.write': isOn });
      await order(url, `PUT /blocked-${MONTH}`);
      await block(true);
      const { send } = await openSink(url, { mode: 'index', index: 'blocked-%Y.%m' });
      const held = await send(batchOf(envelopes(30)));
      expect(failuresOf(held)).toEqual(envelopes(30).map((_, index) => ({ index, kind: 'retryable' })));
      await block(false);
      expect(await send(batchOf(envelopes(30)))).toEqual({ kind: 'acked' });
      expect(await notOnce(url, `blocked-${MONTH}`, idsOf(30))).toEqual([]);
    });

    test('finds the id that is too long for the server by halves, and rejects that event alone', async () => {
      const { send } = await openSink(node().url, { mode: 'index', index: 'long-%Y.%m' });
      const [long] = envelopes(1, { id: () => 'x'.repeat(513) });
      expect(await send(batchOf([...envelopes(3), long!]))).toMatchObject({ kind: 'rejected' });
      expect(await send(batchOf([long!]))).toMatchObject({ kind: 'rejected' });
      expect(await send(batchOf(envelopes(3)))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, `long-${MONTH}`, idsOf(3))).toEqual([]);
    });
  });

  describe('mode: data_stream', () => {
    test('stores each event once', async () => {
      await allowStream(node().url, `${STREAM}-plain`);
      const { send, context } = await openSink(node().url, { namespace: 'plain' });
      expect(await send(batchOf(envelopes(COUNT)))).toEqual({ kind: 'acked' });
      expect(await send(batchOf(envelopes(COUNT)))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, `${STREAM}-plain`, idsOf(COUNT))).toEqual([]);
      expect(context.counts).toEqual([{ code: 'duplicate', n: COUNT }]);
    });
  });

  describe('a data stream that rolls over', () => {
    async function streamIn(namespace: string): Promise<string> {
      await allowStream(node().url, `${STREAM}-${namespace}`);
      return `${STREAM}-${namespace}`;
    }

    test.each([1, 2, 5])('holds each event once when a batch is sent again after %i rollovers', async (rollovers) => {
      const stream = await streamIn(`again_${rollovers}`);
      const { send, context } = await openSink(node().url, { namespace: `again_${rollovers}` });
      await send(batchOf(envelopes(COUNT)));
      // More than three rollovers within one refresh interval are more than the guard promises to see through.
      await order(node().url, `POST /${stream}/_refresh`);
      for (let time = 0; time < rollovers; time++) await order(node().url, `POST /${stream}/_rollover`);
      expect(await send(batchOf(envelopes(COUNT), true))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, stream, idsOf(COUNT))).toEqual([]);
      expect(context.counts).toEqual([{ code: 'duplicate', n: COUNT }]);
    });

    test('stores of a batch that is sent again only what is missing, wherever the rest is', async () => {
      const stream = await streamIn('parts');
      const { send } = await openSink(node().url, { namespace: 'parts' });
      await send(batchOf(envelopes(30).slice(0, 10)));
      await order(node().url, `POST /${stream}/_rollover`);
      await send(batchOf(envelopes(30).slice(10, 20)));
      expect(await send(batchOf(envelopes(30), true))).toEqual({ kind: 'acked' });
      expect(await notOnce(node().url, stream, idsOf(30))).toEqual([]);
    });

    test('doubles what is sent again without being marked, which is why core marks it', async () => {
      const stream = await streamIn('unmarked');
      const { send } = await openSink(node().url, { namespace: 'unmarked' });
      await send(batchOf(envelopes(5)));
      await order(node().url, `POST /${stream}/_rollover`);
      await send(batchOf(envelopes(5)));
      expect(await notOnce(node().url, stream, idsOf(5))).toEqual(idsOf(5).map((id) => `${id}: 2`));
    });
  });
});
