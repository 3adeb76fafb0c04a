/**
 * `npm run test:chaos:mutants -- part of a name`: one deliberate bug after another, each under schedules until one is found broken.
 * Exit code 1 when one is never found.
 */
import { fileURLToPath } from 'node:url';
import { runSchedule } from './chaos.ts';
import { BUILT_MUTANTS, type BuiltMutant } from './mutants.ts';
import { scheduleOf } from './plan.ts';
import type { Schedule } from './schedule.ts';

/** So many schedules show nothing: the bug is not found. */
const MOST_SEEDS = 20;
/** In milliseconds: the same schedules without a bug are never still for so long. */
const PATIENCE_MS = 30_000;
const PRELOAD = fileURLToPath(new URL('./mutant-preload.js', import.meta.url));

async function caughtBy(mutant: BuiltMutant): Promise<string | undefined> {
  const env = { NODE_OPTIONS: `--import=${PRELOAD}`, CHAOS_MUTANT: JSON.stringify(mutant) };
  const drawn = Array.from({ length: MOST_SEEDS }, (_, index) => scheduleOf(index + 1));
  for (const schedule of [...(mutant.aim === undefined ? [] : [mutant.aim]), ...drawn]) {
    const [wrong] = await wrongWith(schedule, env);
    if (wrong !== undefined) return `seed ${schedule.seed}: ${wrong.slice(0, 160).replaceAll('\n', ' ')}`;
  }
  return undefined;
}

/** A run that breaks off has found something too: a journal that cannot be read, say. */
async function wrongWith(schedule: Schedule, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  try {
    return (await runSchedule(schedule, { env, patienceMs: PATIENCE_MS })).wrong;
  } catch (error) {
    return [`broke off: ${error instanceof Error ? error.message : String(error)}`];
  }
}

const wanted = process.argv.slice(2).join(' ');
let missed = 0;
for (const mutant of BUILT_MUTANTS.filter(({ name }) => name.includes(wanted))) {
  const found = await caughtBy(mutant);
  if (found === undefined) missed += 1;
  console.log(
    `${found === undefined ? 'NOT CAUGHT' : 'caught'}: ${mutant.name}${found === undefined ? '' : `: ${found}`}`,
  );
}
process.exit(missed === 0 ? 0 : 1);
