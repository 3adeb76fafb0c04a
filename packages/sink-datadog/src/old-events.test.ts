/** The acceptance case of the protocol on dates, number 10: none that the intake would drop goes out. */
import { describe, expect, test } from 'vitest';
import { aged, batch, NOW_MS, world } from './__fixtures__/world.ts';
import { no } from './emulator/index.ts';
import { datadog } from './plugin.ts';

describe('10: dates that the intake would drop', () => {
  const ages = aged([
    { id: 'fresh', hours: 0 },
    { id: 'outage', hours: 20 },
    { id: 'backfill', hours: 20, atReceipt: 20 },
    { id: 'ahead', hours: -3 },
  ]);
  const old = { index: 2, failure: { kind: 'excluded', rule: 'old', reason: expect.stringContaining('18 hours') } };

  test.each([
    { policy: 'exclude', left: [old], ids: ['fresh', 'outage', 'ahead'] },
    { policy: 'restamp', left: [], ids: ['fresh', 'outage', 'backfill', 'ahead'] },
    {
      policy: 'dead_letter',
      left: [{ index: 2, failure: { kind: 'rejected', reason: expect.stringContaining('18 hours'), unasked: true } }],
      ids: ['fresh', 'outage', 'ahead'],
    },
  ])('$policy: none is dropped without a word', async ({ policy, left, ids }) => {
    const here = await world({ old_events: policy });
    const result = await here.send(ages);
    if (left.length === 0) expect(result).toEqual({ kind: 'acked' });
    else expect(result).toEqual({ kind: 'partial', acked: ids.length, failures: left });
    expect([here.ids(), here.emulator.dropped]).toEqual([ids, []]);
    expect(here.counted('restamped')).toBe(ids.length - 1);
  });

  test('what is late has the time of sending, its own beside it, and the tag', async () => {
    const here = await world({ tags: ['env:prod'] });
    await here.send(ages);
    const [fresh, late, ahead] = here.emulator.logs;
    expect(fresh).toMatchObject({ timestampMs: NOW_MS, tags: ['env:prod'] });
    const effective = (hours: number) => ({
      'openai.effective_at': new Date(NOW_MS - hours * 3_600_000).toISOString(),
    });
    expect(late).toMatchObject({ timestampMs: NOW_MS, tags: ['env:prod', 'late:true'], attributes: effective(20) });
    expect(ahead).toMatchObject({ timestampMs: NOW_MS, tags: ['env:prod', 'ahead:true'], attributes: effective(-3) });
  });

  test('a batch of nothing else is settled without being sent, once the intake has told its time', async () => {
    const here = await world();
    const list = ['a', 'b'].map((id) => ({ id, hours: 90, atReceipt: 90 }));
    expect(await here.send(aged(list.slice(1)))).toMatchObject({ kind: 'excluded', rule: 'old' });
    expect(await here.send(aged(list))).toMatchObject({
      kind: 'partial',
      acked: 0,
      failures: [{ index: 0 }, { index: 1 }],
    });
    expect(here.emulator.requests.map(({ text }) => text)).toEqual(['[]']);
    expect(here.emulator.logs).toEqual([]);
  });

  test('it is judged at each attempt: what waits for 18 h goes out restamped', async () => {
    const here = await world();
    here.emulator.answer(() => no(503));
    expect((await here.send(batch(2))).kind).toBe('retryable');
    here.clocks.pass(20 * 3_600_000);
    here.emulator.answer(() => undefined);
    expect(await here.send(batch(2))).toEqual({ kind: 'acked' });
    expect(here.emulator.logs.map(({ timestampMs, tags }) => [timestampMs, ...tags])).toEqual(
      Array(2).fill([NOW_MS + 20 * 3_600_000, 'late:true']),
    );
    expect(here.emulator.dropped).toEqual([]);
  });

  test('what an attempt that failed has restamped is not counted', async () => {
    const here = await world();
    here.emulator.answer(() => no(503));
    await here.send(ages);
    expect(here.counted('restamped')).toBe(0);
  });

  test('the plugin tells the rule beforehand, where there is one', async () => {
    const rules = async (policy: string) => datadog.exclusions?.((await world({ old_events: policy })).config);
    const events = expect.stringContaining('old_events: exclude');
    expect(await rules('exclude')).toEqual([{ name: 'old', events, maxAgeMs: 18 * 3_600_000 }]);
    expect([await rules('restamp'), await rules('dead_letter')]).toEqual([[], []]);
  });
});
