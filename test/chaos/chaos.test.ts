/**
 * A few schedules of the process harness, always the same ones: the command, the API, four peers, kills and faults, counted by id.
 * `npm run test:chaos` runs as many as there is time for, and one again by its seed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSchedule } from './chaos.ts';
import { BUILT_MUTANTS } from './mutants.ts';
import { scheduleOf } from './plan.ts';
import { told } from './told.ts';

/** Kills at steps, signals, faults of the API and of each peer, wires, clocks, leaps, late events, filters, dead letters, changed configurations. */
const SEEDS = [1, 3, 8, 12];

describe('one relay, four peers, and whatever goes wrong', () => {
  test.each(SEEDS)('seed %i', async (seed) => {
    const schedule = scheduleOf(seed);
    const outcome = await runSchedule(schedule);
    expect(outcome.wrong, told(schedule, outcome)).toEqual([]);
    expect(outcome.events).toBeGreaterThan(0);
  });
});

test('a seed has one schedule', () => {
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
  expect(seeds.map(scheduleOf)).toEqual(seeds.map(scheduleOf));
  expect(new Set(seeds.map((seed) => JSON.stringify(scheduleOf(seed)))).size).toBe(200);
});

test.each(BUILT_MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  '%s: stands in the build once',
  (_, mutant) => {
    const core = dirname(createRequire(import.meta.url).resolve('@audit-relay/core/package.json'));
    expect(readFileSync(join(core, 'dist', mutant.file), 'utf8').split(mutant.from)).toHaveLength(2);
  },
);
