/** What goes wrong on the way to a real broker: after it has stored what it was given, and the sink does not know. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { copiesById, useBroker, wrongIds } from './broker.ts';
import { altered, startGate } from './gate.ts';
import { type OpenSink, openSink, settle } from './sink.ts';

const LIST = envelopes(20);
const IDS = LIST.map(({ id }) => id);
const BATCH = batchOf(LIST);
/** Codes that a broker may answer Produce with once, and then no more. */
const PASSING = [
  -1, 2, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 45, 47, 49, 51, 56, 59, 72, 74, 75, 88, 89, 90, 100, 103, 106, 999,
];
const DUPLICATE = 46;

describe.each([false, true])('a gate before Kafka 4.4.0, idempotent: %s', (idempotent) => {
  const broker = useBroker({ version: '4.4.0' });
  const gate = needed({
    name: 'gate before Kafka',
    get: () => startGate(broker().addresses),
    giveBack: (opened) => opened.close(),
  });

  /** In one partition, so that an answer is about all of a batch. */
  async function sinkAt(topic: string, keys: object = {}): Promise<OpenSink> {
    await broker().observer.createTopic(`${topic}-${idempotent}`, { partitions: 1 });
    return openSink(broker().addresses.gate, { topic: `${topic}-${idempotent}`, idempotent, ...keys });
  }

  const recordsOf = (topic: string) => broker().observer.records(`${topic}-${idempotent}`);

  test('an answer that is lost after the append makes copies with one id, and nothing is missing', async () => {
    const open = await sinkAt('lost-answer');
    expect(await open.send(BATCH)).toEqual({ kind: 'acked' });
    const lost = gate().onProduced(() => undefined);
    const later = envelopes(20, { id: (index) => `later-${index}` });
    expect(await open.send(batchOf(later))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    await lost;
    gate().open();
    expect(await open.send(batchOf(later, true))).toEqual({ kind: 'acked' });
    const records = await recordsOf('lost-answer');
    const laterIds = later.map(({ id }) => id);
    expect(wrongIds(records, [...IDS, ...laterIds])).toEqual([]);
    const copies = copiesById(records);
    // The broker had them: a producer with a new id writes them again, and one id is what tells the copies.
    expect(laterIds.map((id) => copies.get(id))).toEqual(laterIds.map(() => 2));
  });

  test('connections that the broker closes while nothing happens are opened again without a failure', async () => {
    const { send } = await sinkAt('idle');
    expect(await send(BATCH)).toEqual({ kind: 'acked' });
    await gate().hangUp();
    expect(await send(batchOf(envelopes(5, { id: (index) => `later-${index}` })))).toEqual({ kind: 'acked' });
  });

  test('a send whose answer never comes ends by its own limit, and the next one is a new try', async () => {
    const { send } = await sinkAt('held', { request_timeout: '300ms', connect_timeout: '2s' });
    const kept = gate().hold();
    expect(await send(BATCH)).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    await kept;
    gate().open();
    expect(await send(batchOf(LIST, true))).toEqual({ kind: 'acked' });
    expect(wrongIds(await recordsOf('held'), IDS)).toEqual([]);
  });

  test('a send that waits for an answer stops when it is told to, and closing waits for nobody', async () => {
    const { sink, send } = await sinkAt('stopped');
    expect(await send(BATCH)).toEqual({ kind: 'acked' });
    const stop = new AbortController();
    const kept = gate().hold();
    const sending = sink.send(BATCH, { signal: stop.signal, accepted: () => undefined });
    await kept;
    stop.abort(new Error('the test stops'));
    await expect(sending).rejects.toThrow('the test stops');
    await sink.close();
    gate().open();
  });

  test.each(PASSING)('code %i, said once of what is stored, costs copies at most', async (code) => {
    const topic = `code${code}`;
    const open = await sinkAt(topic);
    const said = gate().onProduced((answer) => altered(answer, { code }));
    const first = await open.send(BATCH);
    await said;
    gate().open();
    expect(first).toMatchObject({ kind: 'retryable' });
    expect(await settle(open, LIST)).toMatchObject({ dead: [], refusals: [] });
    const records = await recordsOf(topic);
    expect(wrongIds(records, IDS)).toEqual([]);
    expect(records).toHaveLength(2 * IDS.length);
  });

  test('a duplicate is what was asked for', async () => {
    const { send } = await sinkAt('duplicate');
    void gate().onProduced((answer) => altered(answer, { code: DUPLICATE, offset: -1n }));
    expect(await send(BATCH)).toEqual({ kind: 'acked' });
    gate().open();
  });

  test('an offset that goes back is no yes: it is told, and the records are sent again by a new producer', async () => {
    const { send, context } = await sinkAt('went-back');
    expect(await send(BATCH)).toEqual({ kind: 'acked' });
    void gate().onProduced((answer) => altered(answer, { offset: 0n }));
    const later = batchOf(envelopes(5, { id: (index) => `later-${index}` }));
    expect(await send(later)).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    gate().open();
    expect(await send(later)).toEqual({ kind: 'acked' });
    expect(context.counts).toContainEqual({ code: 'offset_went_back', n: 1 });
    const [partition] = await broker().observer.partitions(`went-back-${idempotent}`);
    expect(partition?.producers).toHaveLength(idempotent ? 2 : 0);
  });
});

describe('a quota of Kafka 4.4.0', () => {
  const broker = useBroker({ version: '4.4.0' });

  test('slows the sink down, which says so and goes on when the broker lets it', async () => {
    await broker().observer.createTopic('quota', { partitions: 1 });
    await broker().observer.setQuota('client-of-quota', 10_000);
    const keys = { topic: 'quota', client_id: 'client-of-quota', compression: 'none', request_timeout: '1s' };
    const open = await openSink(broker().addresses.plain, keys);
    // Over ten seconds, which is how long the broker looks back, it is 3 kB/s too much.
    expect(await open.send(batchOf(envelopes(13, { bytes: 10_000, id: (index) => `first-${index}` })))).toEqual({
      kind: 'acked',
    });
    const second = await open.send(BATCH);
    expect(second).toMatchObject({ kind: 'retryable', why: 'refused', retryAfterMs: expect.any(Number) });
    expect(await settle(open, LIST)).toMatchObject({ dead: [] });
    expect((await broker().observer.records('quota')).length).toBe(13 + 20);
  });
});
