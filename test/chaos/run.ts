/**
 * `npm run test:chaos -- --runs 20 --seed 1`: one schedule after another, each with its verdict as soon as it is known, and a summary.
 * Exit code 1 when anything was wrong.
 */
import { parseArgs } from 'node:util';
import { AIMED } from './aimed.ts';
import { type Outcome, runSchedule } from './chaos.ts';
import { DoneSeeds } from './done-seeds.ts';
import { scheduleOf } from './plan.ts';
import type { Schedule } from './schedule.ts';
import { Summary } from './summary.ts';
import { told } from './told.ts';

// A zone of half hours far from UTC: whoever reads a date in the host's own zone is found out.
process.env['TZ'] ??= 'America/St_Johns';

const USAGE = `usage: npm run test:chaos -- [--runs <how many>] [--seed <the first>] [--parallel <1 to 8>]
  [--resume <file of done seeds>] [--evidence <file to append the summary to>] [--quiet]
  --aimed: the schedules made by hand, in place of those drawn from seeds; --aim <name>: one of them`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '1' },
    resume: { type: 'string' },
    evidence: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    aimed: { type: 'boolean', default: false },
    aim: { type: 'string' },
  },
});
const [runs, first, parallel] = [Number(values.runs), Number(values.seed), Number(values.parallel)];
if (![runs, first, parallel].every((number) => Number.isSafeInteger(number) && number >= 1) || parallel > 8) {
  console.error(USAGE);
  process.exit(2);
}

const done = new DoneSeeds(values.resume);
const seeds = Array.from({ length: runs }, (_, index) => first + index).filter((seed) => !done.has(seed));
const byHand = Object.entries(AIMED).filter(([name]) => values.aim === undefined || values.aim === name);
const isByHand = values.aimed || values.aim !== undefined;
const schedules = isByHand ? byHand.map(([, schedule]) => schedule) : seeds.map(scheduleOf);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort()).on('SIGINT', () => stop.abort());

/** A run that breaks off is one gone wrong too. */
async function attempt(schedule: Schedule): Promise<Outcome> {
  try {
    return await runSchedule(schedule);
  } catch (error) {
    const nothing = {
      events: 0,
      lost: 0,
      doubled: 0,
      copies: 0,
      deadLetters: 0,
      lives: 0,
      kills: 0,
      replayed: 0,
      nameless: 0,
      seconds: 0,
      met: {},
    };
    return {
      ...nothing,
      seed: schedule.seed,
      befell: {},
      wrong: [`broke off: ${error instanceof Error ? error.stack : String(error)}`],
    };
  }
}

async function work(): Promise<void> {
  for (let next = schedules.shift(); next !== undefined && !stop.signal.aborted; next = schedules.shift()) {
    const outcome = await attempt(next);
    if (!values.quiet || outcome.wrong.length > 0) console.log(told(next, outcome));
    done.add(outcome);
  }
}

await Promise.all(Array.from({ length: parallel }, work));
const summary = new Summary(done.outcomes);
console.log(summary.toString());
if (values.evidence !== undefined) summary.appendTo(values.evidence);
process.exit(summary.wrong === 0 ? 0 : 1);
