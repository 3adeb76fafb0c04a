/** Half a minute of the soak that `npm run test:soak` runs for an hour: too short for slopes, long enough to lose an event. */
import { expect, test } from 'vitest';
import { scheduleOf, TROUBLES, troubleAt } from './schedule.ts';
import { soak } from './soak.ts';

test('through the troubles of three peers every event arrives, and the journal stays within its bound', async () => {
  const result = await soak({
    minutes: 0.3,
    rate: 200,
    seed: 4,
    sampleMs: 250,
    phaseMs: 5_000,
    bounds: { lived: 1_000, rssAnon: 1_000, rss: 1_000, handles: 100, journal: 48 },
    // A broker of its own costs more than all of this; its lane is soaked for the hour.
    withKafka: false,
    tell: () => undefined,
  });
  const { sinks, events, exitCode, verdict, samples } = result;
  expect(events).toBeGreaterThan(3_000);
  expect(samples.length).toBeGreaterThan(30);
  expect(samples.some(({ lived = 0 }) => lived > 10)).toBe(true);
  for (const [name, { missing, foreign }] of Object.entries(sinks))
    expect([name, missing, foreign]).toEqual([name, 0, 0]);
  expect(
    Object.values(sinks).map(({ troubles }) => Object.values(troubles).reduce((sum, count) => sum + count)),
  ).toEqual(expect.not.arrayContaining([0]));
  expect(sinks['elasticsearch']?.copies).toBe(0);
  expect(verdict.isJournalBounded).toBe(true);
  expect(exitCode).toBe(0);
}, 120_000);

test('an hour of trouble has each kind at each sink, ends within the hour, and is the same by its seed', () => {
  const order = { seed: 1, lastsMs: 3_600_000, phaseMs: 90_000 };
  const schedules = ['elasticsearch', 'splunk', 'datadog', 'kafka'].map((sink) => scheduleOf({ ...order, sink }));
  for (const phases of schedules) {
    expect(new Set(phases.flatMap(({ trouble }) => trouble ?? []))).toEqual(new Set(TROUBLES));
    expect(phases.every(({ fromMs }) => fromMs < order.lastsMs)).toBe(true);
    expect(troubleAt(phases, 0)).toBeUndefined();
  }
  expect(schedules.map((phases) => phases.length)).toEqual(
    ['elasticsearch', 'splunk', 'datadog', 'kafka'].map((sink) => scheduleOf({ ...order, sink }).length),
  );
  expect(new Set(schedules.map((phases) => JSON.stringify(phases))).size).toBe(4);
});
