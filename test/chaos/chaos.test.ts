/**
 * A few schedules of the process harness, always the same ones: the command, the API, four peers, kills and faults, counted by id.
 * `npm run test:chaos` runs as many as there is time for, and one again by its seed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { strace } from '../services/strace.ts';
import { AIMED } from './aimed.ts';
import { runSchedule } from './chaos.ts';
import { BUILT_MUTANTS } from './mutants.ts';
import { scheduleOf } from './plan.ts';
import type { Schedule } from './schedule.ts';
import { told } from './told.ts';

/** Kills at steps, faults of the API and of peers, wires, a proxy, clocks, late events, records without an id, a damaged journal, and requests of operators. */
const SEEDS = [25, 30];
/** The power is cut, the journal spoiled and the API's key rotated; and a kill after much was delivered, of which nothing may go again. */
const BY_HAND = ['powerAndDamage', 'killAfterMany'] as const;

async function kept(schedule: Schedule): Promise<void> {
  const outcome = await runSchedule(schedule);
  expect(outcome.wrong, told(schedule, outcome)).toEqual([]);
  expect(outcome.events).toBeGreaterThan(0);
}

describe('one relay, four peers, and whatever goes wrong', () => {
  test.each(SEEDS)('seed %i', async (seed) => {
    await kept(scheduleOf(seed));
  });

  describe('by hand', () => {
    needed({ name: 'strace', get: strace });
    test.each(BY_HAND)('%s', async (aim) => {
      await kept(AIMED[aim]);
    });
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
