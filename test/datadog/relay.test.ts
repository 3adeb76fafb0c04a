/** The cases of Datadog's protocol that need all of the relay, by their numbers: what is at the intake in the end, and how often. */
import { no } from '@audit-relay/sink-datadog/emulator';
import { describe, expect, test } from 'vitest';
import { place, until } from './relay.ts';

const EVENTS = 300;
const HOUR_MS = 3_600_000;
/** All of it is fresh enough. */
const SPAN_MS = 12 * HOUR_MS;
const forever = () => AbortSignal.timeout(120_000);

test.each(['ecs', 'ocsf', 'raw'])('1: all of a log is there, once, with its time, as %s', async (format) => {
  const here = await place(EVENTS, SPAN_MS);
  const relay = await here.run({}, { format });
  await relay.caughtUp(forever());
  expect([here.wrong(), here.ids().length]).toEqual([[], EVENTS]);
  const times = here.emulator.logs.map(({ attributes, timestampMs }) => [attributes['evt.id'], timestampMs]);
  const truth = [...here.simulator.truth()].map(({ id, effectiveAt }) => [id, effectiveAt * 1_000]);
  expect(Object.fromEntries(times)).toEqual(Object.fromEntries(truth));
  expect(here.emulator.logs.filter(({ text }) => !text.includes(`,"${format}":{`))).toEqual([]);
});

test('5: the one event that is refused becomes a dead letter, found in halves, and all others are there', async () => {
  const here = await place(EVENTS, SPAN_MS);
  const poison = here.truth()[150] ?? '';
  here.emulator.answer(({ text }) => (text.includes(`"evt":{"id":"${poison}"`) ? no(400) : undefined));
  const relay = await here.run();
  await relay.caughtUp(forever());
  expect(here.wrong()).toEqual([poison]);
  expect(relay.status().lanes['siem']).toMatchObject({ deadLettered: 1, acked: EVENTS - 1 });
});

test('6: a key that is refused holds everything, with few questions, until it is mended', async () => {
  const here = await place(EVENTS, SPAN_MS);
  const { keys } = here.emulator.settings;
  const [key = ''] = keys;
  keys.clear();
  const relay = await here.run();
  await until(() => relay.status().lanes['siem']?.health === 'blocked');
  expect(relay.status().lanes['siem']).toMatchObject({ acked: 0, deadLettered: 0 });
  expect(here.emulator.requests.length).toBeLessThan(20);
  keys.add(key);
  await relay.caughtUp(forever());
  expect([here.wrong(), here.ids().length]).toEqual([[], EVENTS]);
});

test('8: one fault after another, and in the end all of it once', async () => {
  const here = await place(EVENTS, SPAN_MS);
  const statuses = [408, 500, 502, 503, 504, 429];
  here.emulator.answer(() => {
    const status = statuses.pop();
    return status === undefined ? undefined : no(status);
  });
  const relay = await here.run();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.ids().length]).toEqual([[], EVENTS]);
});

test('15: what is under way at the end of a drain is sent again by the next', async () => {
  const here = await place(EVENTS, SPAN_MS);
  here.emulator.answer((_, handled) => ({ ...handled(), fault: 'hang' }));
  const first = await here.run();
  await until(() => here.emulator.requests.length > 0);
  await first.drain(100);
  expect(first.status().lanes['siem']?.acked).toBe(0);
  here.emulator.answer(() => undefined);
  const second = await here.run();
  await second.caughtUp(forever());
  expect(here.wrong()).toEqual([]);
});

describe('10: the rule of 18 hours', () => {
  test('a backlog that has waited for a peer that was out goes out restamped', async () => {
    const here = await place(EVENTS, SPAN_MS, -20 * HOUR_MS);
    here.emulator.answer(() => no(503));
    const first = await here.run();
    const journaled = () => Object.values(first.status().sources['acme']?.feeds ?? {}).map((feed) => feed.journaled);
    await until(() => journaled().reduce((sum, count) => sum + count, 0) === EVENTS);
    await until(() => here.emulator.requests.length > 0);
    await first.drain(1_000);

    // All of it is 20 to 32 hours old by now.
    here.clock.offsetMs = 0;
    here.emulator.answer(() => undefined);
    const second = await here.run();
    await second.caughtUp(forever());
    expect([here.wrong(), here.ids().length]).toEqual([[], EVENTS]);
    expect(here.emulator.logs.filter(({ tags }) => !tags.includes('late:true'))).toEqual([]);
    const { excludedByRule, deadLettered, counts } = second.status().lanes['siem'] ?? {};
    expect({ excludedByRule, deadLettered, counts }).toEqual({
      excludedByRule: {},
      deadLettered: 0,
      counts: { restamped: EVENTS },
    });
  });

  test.each(['exclude', 'restamp', 'dead_letter'])('a backfill: %s', async (old_events) => {
    // Two thirds of it are older than 18 hours when they are received.
    const here = await place(EVENTS, 54 * HOUR_MS);
    const oldestMs = here.clock.now() - 18 * HOUR_MS;
    const relay = await here.run({ old_events });
    await relay.caughtUp(forever());
    const held = new Set(here.ids());
    const missing = [...here.simulator.truth()].filter(({ id }) => !held.has(String(id)));
    expect(missing.every(({ effectiveAt }) => effectiveAt * 1_000 < oldestMs)).toBe(true);
    expect(missing.length > EVENTS / 2).toBe(old_events !== 'restamp');
    expect(here.emulator.dropped).toEqual([]);
    // More than a hundred dead letters in a row: the intake has refused none of them, so that the lane is well.
    const { acked, excludedByRule = {}, deadLettered, health } = relay.status().lanes['siem'] ?? {};
    expect({ acked, excluded: excludedByRule['old'] ?? 0, deadLettered, health }).toEqual({
      acked: EVENTS - missing.length,
      excluded: old_events === 'exclude' ? missing.length : 0,
      deadLettered: old_events === 'dead_letter' ? missing.length : 0,
      health: 'ok',
    });
  });
});
