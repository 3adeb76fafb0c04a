/** A host whose clock is wrong: the intake drops by its own, says yes, and nothing may be lost by it. */
import { batchOf } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { aged, batch, HOUR_MS, NOW_MS, type World, world } from './__fixtures__/world.ts';

/** Until all is taken; how often it was sent. */
async function until(here: World, { envelopes }: ReturnType<typeof batch>): Promise<number> {
  let rest = envelopes;
  for (let sends = 1; sends < 10; sends += 1) {
    const result = await here.send(batchOf(rest));
    if (result.kind === 'acked') return sends;
    const again = result.kind === 'partial' ? result.failures : [{ index: 0, failure: result }];
    for (const { failure } of again) expect(failure).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    rest = again.map(({ index }) => rest[index]).filter((each) => each !== undefined);
  }
  throw new Error('it does not come to an end');
}

describe.each([
  { name: 'a day behind', offsetMs: -24 * HOUR_MS },
  { name: '17 h behind', offsetMs: -17 * HOUR_MS },
  { name: '3 h behind', offsetMs: -3 * HOUR_MS },
  { name: 'an hour behind', offsetMs: -HOUR_MS },
  { name: 'right', offsetMs: 0 },
  { name: 'an hour ahead', offsetMs: HOUR_MS },
  { name: '3 h ahead', offsetMs: 3 * HOUR_MS },
  { name: '17 h ahead', offsetMs: 17 * HOUR_MS },
  { name: 'a day ahead', offsetMs: 24 * HOUR_MS },
])('the host’s clock is $name', ({ offsetMs }) => {
  test('every event is kept by the intake, after one more request at most', async () => {
    const here = await world();
    here.clocks.hostMs += offsetMs;
    const hours = [0, 1, 10, 16, 17, 17.4, 17.6, 17.95, 18.1, 20, 40, -1, -1.6, -1.95, -2.1, -5];
    const events = aged(hours.map((age) => ({ id: String(age), hours: age })));
    expect(await until(here, events)).toBeLessThanOrEqual(2);
    expect(new Set(here.ids())).toEqual(new Set(hours.map(String)));
    const dates = here.emulator.logs.map(({ timestampMs }) => NOW_MS - timestampMs);
    expect(Math.max(...dates)).toBeLessThanOrEqual(18 * HOUR_MS);
    // What has become known is heeded from then on.
    const { dropped } = here.emulator;
    const before = dropped.length;
    expect(await until(here, events)).toBe(1);
    expect(dropped).toHaveLength(before);
  });
});

test('that the clocks are apart is told once in five minutes, to be looked at', async () => {
  const here = await world();
  here.clocks.hostMs += HOUR_MS;
  for (let turn = 0; turn < 3; turn += 1) await here.send(batch(1));
  const line = { code: 'DATADOG_CLOCK_APART', fields: { seconds: -3_600 }, level: 'warn' };
  expect(here.context.logs).toEqual([line]);
});

test('a few seconds are none, and an answer without a date changes nothing', async () => {
  const here = await world();
  here.clocks.hostMs += 4 * 60_000;
  await here.send(batch(1));
  here.emulator.answer(() => ({ status: 202, headers: { date: '' }, body: '{}' }));
  expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
  expect(here.context.logs).toEqual([]);
});
