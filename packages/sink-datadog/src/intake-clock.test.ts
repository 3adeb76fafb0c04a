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

describe('what is left out for its age', () => {
  const DAYS_MS = 30 * 24 * HOUR_MS;
  /** Received by a clock that is ahead, an hour and 20 hours after they happened. */
  const events = aged([
    { id: 'fresh', hours: 1, atReceipt: 1 + 720 },
    { id: 'old', hours: 20, atReceipt: 20 + 720 },
  ]);

  test.each(['exclude', 'dead_letter'])(
    '%s: goes by the intake’s clock, though the host’s is ahead',
    async (policy) => {
      const here = await world({ old_events: policy });
      here.clocks.hostMs += DAYS_MS;
      const result = await here.send(events);
      expect(result).toMatchObject({ kind: 'partial', acked: 1, failures: [{ index: 1 }] });
      expect(here.ids()).toEqual(['fresh']);
    },
  );

  test('also where the host’s clock is set after the intake’s last answer', async () => {
    const here = await world();
    await here.send(batch(1));
    here.clocks.hostMs += DAYS_MS;
    here.clocks.pass(1_000);
    expect(await here.send(events)).toMatchObject({ kind: 'partial', acked: 1, failures: [{ index: 1 }] });
  });

  test('nothing is, as long as the intake does not answer', async () => {
    const here = await world();
    here.clocks.hostMs += DAYS_MS;
    here.emulator.answer(() => ({ status: 202, body: '', fault: 'reset' }));
    expect((await here.send(events)).kind).toBe('retryable');
    here.emulator.answer(() => undefined);
    expect((await here.send(events)).kind).toBe('partial');
  });

  test('an intake that tells no time is asked once, and the host’s clock goes', async () => {
    const here = await world();
    here.emulator.answer(() => ({ status: 202, headers: { date: '' }, body: '{}' }));
    const old = aged([{ id: 'old', hours: 40, atReceipt: 40 }]);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await here.send(old)).toMatchObject({ kind: 'excluded', rule: 'old' });
    }
    expect(here.emulator.requests).toHaveLength(1);
  });

  test('is nothing that is not that old yet, whatever the host said when it was received', async () => {
    const here = await world();
    const late = aged([{ id: 'late', hours: 17.8, atReceipt: 720 }]);
    expect(await here.send(late)).toEqual({ kind: 'acked' });
    expect(here.emulator.logs).toMatchObject([{ timestampMs: NOW_MS, tags: ['late:true'] }]);
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

describe.each([
  { name: 'for 10 h', hours: 10 },
  { name: 'for 17 h', hours: 17 },
  { name: 'for 3 days', hours: 72 },
])('after the machine has slept $name, in which its monotonic clock stood still', ({ hours }) => {
  test.each([
    { what: 'fresh events', ages: [0.01, 1] },
    { what: 'events of before', ages: [hours + 0.5] },
  ])('$what go out with the date that they would have had', async ({ ages }) => {
    const here = await world();
    await until(here, aged([{ id: 'before', hours: 0 }]));
    here.clocks.hostMs += hours * HOUR_MS;
    here.clocks.intakeMs += hours * HOUR_MS;
    const there = await world();
    there.clocks.pass(hours * HOUR_MS);
    const events = aged(ages.map((age) => ({ id: String(age), hours: age - hours, atReceipt: 0.001 })));
    expect(await until(here, events)).toBeLessThanOrEqual(2);
    expect(await until(there, events)).toBe(1);
    const minutesOf = (one: World): readonly number[] =>
      one.emulator.logs.map(({ timestampMs }) => Math.round(timestampMs / 60_000));
    expect(here.ids()).toEqual(['before', ...there.ids()]);
    expect(minutesOf(here).slice(1)).toEqual(minutesOf(there));
  });
});
