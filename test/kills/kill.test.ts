/**
 * Promise 1 and 2 under `kill -9`: the process dies at every step between a page and the cursor, again and
 * again in one folder, and in the end every event stands in both files exactly once, counted over lines.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChildOrder } from './order.ts';
import { happen, linesById, runChild, truthOnce } from './world.ts';

const DAY_MS = 86_400_000;

/** The steps of the data's path, in its order. */
const steps = [
  'PAGE_READ',
  'WINDOW_WALKED',
  'JOURNAL_COMMITTING',
  'JOURNAL_COMMITTED',
  'WINDOW_COMMITTED',
  'REACH_EXTENDING',
  'REACH_EXTENDED',
  'BATCH_SENDING',
  'BATCH_SETTLED',
  'CURSOR_SAVING',
  'CURSOR_SAVED',
];

describe('a relay that is killed and started again', () => {
  let simulator: Simulator;
  let folder: string;
  let order: ChildOrder;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-relay-kills-'));
    simulator = await startSimulator({ events: 2_500, spanMs: 2 * DAY_MS, seed: 7 });
    const start = new Date(Date.now() - 3 * DAY_MS).toISOString();
    order = { folder, url: simulator.url, apiKey: defaultKey, start };
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // The first rounds die in the middle of the backfill, the later ones on what has happened since.
  const kills = [1, 2, 4].flatMap((occurrence) => steps.map((step) => ({ step, occurrence })));
  test.each(kills)('dies at $step, time $occurrence, and leaves nothing doubled', async (killAt) => {
    happen(simulator, 120, `${killAt.step.toLowerCase()}-${killAt.occurrence}`);
    const ending = await runChild({ ...order, killAt });
    expect(ending).toMatchObject({ signal: 'SIGKILL' });
  });

  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  test.each(delays(seed, 8))(`dies after %i ms (SEED=${seed})`, async (killAfterMs) => {
    happen(simulator, 120, `after-${killAfterMs}`);
    const { signal, code } = await runChild({ ...order, killAfterMs });
    // A quick machine may be done before; either way nothing else may have ended it.
    expect([signal, code]).toSatisfy(([by, exit]) => by === 'SIGKILL' || exit === 0);
  });

  test.each(['ecs', 'ocsf'] as const)('left alone at last, has every event once in the %s file', async (format) => {
    expect(await runChild(order)).toMatchObject({ code: 0 });
    expect(linesById(folder, format)).toEqual(truthOnce(simulator));
  });
});

/** Milliseconds by a small generator of its own, so that a printed seed repeats them. */
function delays(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 150 + (state % 1_200);
  });
}
