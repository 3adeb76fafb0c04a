/**
 * The demo's API, in a process of its own: the simulator with a clock that survives a restart. The
 * same plan gives the same events at the same times, whenever it is started.
 */
import { readFile } from 'node:fs/promises';
import { sampleFiles, startSimulator } from '@audit-relay/openai-simulator';
import type { SimulatorPlan, SimulatorReady } from './simulator.ts';

// Our own parent wrote it.
const plan = JSON.parse(process.argv[2] ?? '') as SimulatorPlan;
const files = plan.sample ? sampleFiles : [];
const shiftMs = await shiftOf(plan.begunMs);
const simulator = await startSimulator({
  seed: plan.seed,
  events: plan.events,
  spanMs: plan.spanMs,
  rate: plan.rate,
  files,
  now: clock(plan.begunMs + shiftMs),
});
const times = [...simulator.truth()].map(({ effectiveAt }) => effectiveAt);
const ready: SimulatorReady = {
  url: simulator.url,
  events: times.length,
  ...(times.length === 0 ? {} : { oldestSeconds: times.reduce((oldest, time) => Math.min(oldest, time)) }),
};
process.send?.(ready);
// Ctrl-C reaches every process of the terminal; this one stays for the relay's drain, and no longer than its parent.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

/** The simulator takes the first answer for the start of its history; from then on time passes. */
function clock(begunMs: number): () => number {
  let begun = false;
  return () => {
    if (begun) return Math.max(begunMs, Date.now() + shiftMs);
    begun = true;
    return begunMs;
  };
}

/** The sample's records reach into a time to come: its clock goes ahead, so that all of them have happened. */
async function shiftOf(begunMs: number): Promise<number> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const seconds = texts.flatMap((text) =>
    [...text.matchAll(/"effective_at": ?(\d+)/g)].map((match) => Number(match[1])),
  );
  return seconds.reduce((shift, second) => Math.max(shift, second * 1_000 - begunMs), 0);
}
