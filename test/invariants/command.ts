/**
 * `npm run invariants -- --seeds 5000 --from 1`: simulates one organization after another, says what is wrong as soon as
 * it is, and ends with what all of them together went through. Exit code 1 when anything was wrong.
 */
import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulation.ts';

// A zone of half hours far from UTC: whoever reads a date in the host's own zone is found out.
process.env['TZ'] ??= 'America/St_Johns';

/** Between two lines that say how far it is, in milliseconds. */
const PROGRESS_MS = 10_000;
/** A run that takes longer is named, in milliseconds. */
const SLOW_MS = 10_000;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '500' }, from: { type: 'string', default: '1' } },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1) {
  console.error('usage: npm run invariants -- [--seeds <how many>] [--from <the first>]');
  process.exit(2);
}

class Totals {
  readonly #counts = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #befallen = new Map<string, number>();

  add({ faults, befallen, ...outcome }: Outcome): void {
    const { kills, killsInWindows, runs, requests, events, demanded, late, lost, doubled, seconds } = outcome;
    const isWrong = outcome.complaints.length > 0;
    const counts = { scenarios: 1, 'scenarios gone wrong': Number(isWrong), runs, kills, requests, events, demanded };
    count(this.#counts, counts);
    count(this.#counts, { 'of the kills between two pages of a window': killsInWindows });
    count(this.#counts, { 'times journaled once more': outcome.reIngests, 'entries of them': outcome.reIngested });
    count(this.#counts, { 'late beyond sweep': late.events, 'of these found': late.found });
    count(this.#counts, { lost: lost.length, doubled: doubled.length, 'days of virtual time': seconds / 86_400 });
    count(this.#faults, faults);
    count(this.#befallen, befallen);
  }

  brokeOff(): void {
    count(this.#counts, { scenarios: 1, 'scenarios gone wrong': 1 });
  }

  get wrong(): number {
    return this.#counts.get('scenarios gone wrong') ?? 0;
  }

  toString(): string {
    const lines = (counts: ReadonlyMap<string, number>): string =>
      [...counts].map(([name, times]) => `  ${name}: ${Math.round(times)}`).join('\n');
    const parts = [this.#counts, this.#befallen, this.#faults].map(lines);
    return `${parts[0]}\nwhat lasted for a while\n${parts[1]}\nfaults of single requests\n${parts[2]}`;
  }
}

function count(counts: Map<string, number>, added: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(added)) counts.set(name, (counts.get(name) ?? 0) + times);
}

function told(befallen: Outcome['befallen']): string {
  const named = Object.entries(befallen).filter(([, times]) => times > 0);
  return named.map(([name, times]) => `${name} (${times})`).join(', ');
}

/** A run that breaks off is one gone wrong too: the journal was refused, or the simulation itself is broken. */
async function attempt(seed: number): Promise<Outcome | undefined> {
  try {
    return await simulate({ seed });
  } catch (error) {
    console.log(`seed ${seed}: broke off:`, error);
    return undefined;
  }
}

const totals = new Totals();
let saidMs = performance.now();
for (let seed = from; seed < from + seeds; seed += 1) {
  const begunMs = performance.now();
  const outcome = await attempt(seed);
  if (performance.now() - begunMs > SLOW_MS)
    console.error(`seed ${seed} took ${Math.round((performance.now() - begunMs) / 1000)} s`);
  if (outcome === undefined) totals.brokeOff();
  else totals.add(outcome);
  for (const complaint of outcome?.complaints ?? []) console.log(`seed ${seed}: ${complaint}`);
  if (outcome !== undefined && outcome.complaints.length > 0)
    console.log(`seed ${seed}: befell ${told(outcome.befallen)}`);
  if (performance.now() - saidMs < PROGRESS_MS) continue;
  saidMs = performance.now();
  console.error(`${seed - from + 1} of ${seeds} runs, ${totals.wrong} gone wrong`);
}
console.log(totals.toString());
process.exitCode = totals.wrong === 0 ? 0 : 1;
