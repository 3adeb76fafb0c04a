/**
 * A window longer than a few pages is journaled in parts as its pages come. Whenever the process is killed, it is read again
 * whole, nothing is lost and nothing journaled twice; and what is decided of a window is decided before its first part.
 */
import { expect, test } from 'vitest';
import type { Checkpoint } from '../journal/checkpoint.ts';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';
import type { SourceConfig } from './config.ts';
import { scanDone } from './coverage/transitions.ts';

const HOUR = 3600;
const DAY = 86_400;

/** Kills whoever has committed so many times: later commits of that process never end. */
function killAfter(world: SourceWorld, commits: number): { readonly isDead: boolean } {
  const run = { isDead: false };
  world.journal.room = () => {
    if (world.journal.commits.length < commits) return undefined;
    run.isDead = true;
    return new Promise(() => undefined);
  };
  return run;
}

/** As another process has it in the checkpoint that has swept and did not come to the old window. */
async function sweep(world: SourceWorld): Promise<void> {
  const beganSeconds = world.serverSeconds;
  const scan = {
    lookback: 'sweep',
    beganSeconds,
    sweepSeconds: HOUR,
    unread: [],
    inFlightFrom: Number.POSITIVE_INFINITY,
  } as const;
  const advance = (current: Checkpoint | undefined): Checkpoint => {
    if (current === undefined) throw new Error('the feed has begun');
    return scanDone(current, scan);
  };
  await world.journal.commit({ feed: 'organization', entries: [], advance });
}

const config: Partial<SourceConfig> = {
  backfill_start_time: T0 - 6 * DAY,
  sweep: HOUR * 1000,
  overlap: 120_000,
  requests_per_second: 100,
};

test('the first events of a backfill are journaled with its second page, not with the end of its window', async () => {
  const world = new SourceWorld();
  world.events = series(1_500, T0 - HOUR, 1);
  world.latencyMs = 1_000;
  const source = world.open({ backfill_start_time: T0 - HOUR });
  source.start();
  await world.until(() => world.journal.entries.length > 0);
  const asked = world.requests.filter(({ to, query }) => to <= T0 && query.get('limit') === '100');
  await source.stop();
  expect(asked.length).toBeLessThanOrEqual(3);
  expect(world.journal.checkpoint('organization')?.halfRead).toHaveLength(1);
});

test('killed after any commit, and days and a sweep later read to the end by another process: all once, in order within each part', async () => {
  // 40 pages of one hour, 5 days before: what is journaled of it would be forgotten by the sweeps, were it not pinned.
  const events = series(900, T0 - 5 * DAY, 4);
  let commits = 1;
  for (let isOver = false; !isOver; commits += 1) {
    const world = new SourceWorld();
    world.events = events;
    const run = killAfter(world, commits);
    const first = await started(world, config);
    await world.pass(60);
    isOver = !run.isDead;
    void first.stop();
    world.journal.room = () => undefined;
    await world.pass(2 * DAY);
    await sweep(world);
    const second = await started(world, config);
    await world.pass(600);
    await second.stop();
    expect(ids(world).toSorted(), `${commits} commits`).toEqual(events.map(({ id }) => id).toSorted());
    expect(world.journal.checkpoint('organization')?.halfRead).toBeUndefined();
    for (const { entries } of world.journal.commits)
      expect(entries.map(({ timeMs }) => timeMs)).toEqual(
        entries.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
      );
  }
  expect(commits).toBeGreaterThan(8);
});

test('a live window of three pages is one commit in ascending time', async () => {
  const world = new SourceWorld();
  world.events = series(300, T0 + 10, 0.05);
  const source = await started(world);
  await world.pass(60);
  await source.stop();
  const parts = world.journal.commits.filter(({ entries }) => entries.length > 0);
  expect(parts.map(({ entries }) => entries.length)).toEqual([300]);
});

test('where tenant_only is ignored no part of a window is journaled', async () => {
  const world = new SourceWorld();
  world.events = series(1_000, T0 - HOUR, 3);
  world.disturb = (request) =>
    request.feed === 'tenant' ? world.page({ ...request, feed: 'organization' }) : undefined;
  const source = await started(world, { feeds: ['tenant'], backfill_start_time: T0 - HOUR });
  await world.pass(HOUR);
  await source.stop();
  expect(ids(world)).toEqual([]);
  expect(world.journal.checkpoint('tenant')?.halfRead).toBeUndefined();
});
