/**
 * Promises 1 and 2 under `kill -9`: the process dies at every step between a page and the cursor, and when it
 * is started again every event stands in both files exactly once, counted over lines, and once in the law's figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChildOrder } from './order.ts';
import { happen, lawsIn, linesById, runChild, truthOnce } from './world.ts';

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
/** A reach lasts for 10,000 entries, so a short life moves it once per lane. */
const rare = new Set(['REACH_EXTENDING', 'REACH_EXTENDED']);

let simulator: Simulator;
let root: string;
let start: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'audit-relay-kills-'));
  start = new Date(Date.now() - 3 * DAY_MS).toISOString();
  simulator = await startSimulator({ events: 1_000, spanMs: 2 * DAY_MS, seed: 7 });
});
afterAll(async () => {
  await simulator.close();
  rmSync(root, { recursive: true, force: true });
});

function orderIn(name: string): ChildOrder {
  return { folder: join(root, name), url: simulator.url, apiKey: defaultKey, start };
}

async function expectEveryEventOnce(order: ChildOrder): Promise<void> {
  expect(await runChild(order)).toMatchObject({ code: 0 });
  expect(linesById(order.folder, 'ecs')).toEqual(truthOnce(simulator));
  expect(linesById(order.folder, 'ocsf')).toEqual(truthOnce(simulator));
  const { size } = truthOnce(simulator);
  const law = { journaled: size, acked: size, deadLettered: 0, excluded: {}, held: 0 };
  expect(await lawsIn(order.folder)).toEqual({ ecs: law, ocsf: law });
}

describe('a first start that is killed while it reads the past', () => {
  const kills = steps.flatMap((step) => [1, rare.has(step) ? 2 : 3].map((occurrence) => ({ step, occurrence })));
  test.each(kills)('at $step, time $occurrence, loses and doubles nothing', async (killAt) => {
    const order = orderIn(`${killAt.step}-${killAt.occurrence}`);
    expect(await runChild({ ...order, killAt })).toMatchObject({ signal: 'SIGKILL' });
    await expectEveryEventOnce(order);
  });
});

describe('one folder in which a relay dies again and again while events go on', () => {
  test.each(steps.filter((step) => !rare.has(step)))('dies at %s', async (step) => {
    happen(simulator, 120, step.toLowerCase());
    const ending = await runChild({ ...orderIn('chain'), killAt: { step, occurrence: 1 } });
    expect(ending).toMatchObject({ signal: 'SIGKILL' });
  });

  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  const lives = delays(seed, 8).map((killAfterMs, life) => ({ killAfterMs, life }));
  test.each(lives)(`dies after $killAfterMs ms (SEED=${seed})`, async ({ killAfterMs, life }) => {
    // Two lives may be equally long: ids are by the life, as no event happens twice.
    happen(simulator, 120, `life-${life}`);
    const { signal, code } = await runChild({ ...orderIn('chain'), killAfterMs });
    // A quick machine may be done before; either way nothing else may have ended it.
    expect(signal === 'SIGKILL' || code === 0).toBe(true);
  });

  test('left alone at last, has every event once', () => expectEveryEventOnce(orderIn('chain')));
});

/** Milliseconds by a small generator of its own, so that a printed seed repeats them. */
function delays(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 150 + (state % 1_200);
  });
}
