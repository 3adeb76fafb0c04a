/** A time that somebody asks for, beside what a feed reads by itself. */
import { describe, expect, test } from 'vitest';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const HOUR = 3600;
const DAY = 86_400;
const never = new AbortController().signal;

/** A feed that began now, in an organization with ten days of history, an event every ten minutes. */
function world(): SourceWorld {
  const made = new SourceWorld();
  made.events = series(1440, T0 - 10 * DAY, 600);
  return made;
}

const between = (from: number, to: number, { events }: SourceWorld): readonly string[] =>
  events.filter(({ at }) => at >= from && at < to).map(({ id }) => id);

describe('a time from before the start', () => {
  const span = { from: T0 - 5 * DAY, to: T0 - 3 * DAY };

  test('is read once, and nothing beside it', async () => {
    const given = world();
    const source = await started(given);
    await source.backfill(span, false, never);
    expect(source.progressIn(span)).toMatchObject({ wholeSeconds: 2 * DAY, leftSeconds: 2 * DAY });
    await given.pass(60);
    expect(ids(given).toSorted()).toEqual([...between(span.from, span.to, given)].toSorted());
    expect(source.progressIn(span)).toMatchObject({ leftSeconds: 0, events: 288 });
    expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0, startSeconds: T0 });
    await source.stop();
  });

  test('is read no second time, days later, when its ids are forgotten', async () => {
    const given = world();
    const source = await started(given);
    await source.backfill(span, false, never);
    await given.pass(3 * DAY);
    await source.backfill({ from: T0 - 6 * DAY, to: T0 - 2 * DAY }, false, never);
    await given.pass(HOUR);
    expect(ids(given).toSorted()).toEqual([...between(T0 - 6 * DAY, T0 - 2 * DAY, given)].toSorted());
    await source.stop();
  });

  test('goes on where it was after a restart', async () => {
    const given = world();
    given.latencyMs = 1000;
    const first = await started(given, { requests_per_second: 1 });
    await first.backfill(span, false, never);
    await given.pass(3);
    const before = ids(given).length;
    await first.stop();
    expect(before).toBeLessThan(288);
    const second = await started(given);
    await given.pass(120);
    expect(ids(given).toSorted()).toEqual([...between(span.from, span.to, given)].toSorted());
    await second.stop();
  });

  test('is left to the feed itself once its start moves before it', async () => {
    const given = world();
    given.disturb = ({ from }) => (from < T0 - HOUR ? given.reply(500, '') : undefined);
    const first = await started(given);
    await first.backfill(span, false, never);
    await first.stop();
    given.disturb = () => undefined;
    const second = await started(given, { backfill_start_time: T0 - 4 * DAY });
    await given.pass(HOUR);
    expect(ids(given).toSorted()).toEqual([...between(T0 - 5 * DAY, T0, given)].toSorted());
    await second.stop();
  });

  test('that reaches past the newest read leaves that to live polling', async () => {
    const given = world();
    const source = await started(given);
    await source.backfill({ from: T0 - DAY, to: T0 + DAY }, false, never);
    expect(source.progressIn({ from: T0 - DAY, to: T0 + DAY }).leftSeconds).toBe(DAY);
    await given.pass(60);
    expect(source.progressIn({ from: T0 - DAY, to: T0 + DAY }).leftSeconds).toBe(0);
    await source.stop();
  });
});

describe('a time that is journaled', () => {
  test.for([
    { name: 'whose ids are kept', ageDays: 0.5 },
    { name: 'whose ids are forgotten', ageDays: 4 },
  ])('$name: left out, or with again journaled once more and marked', async ({ ageDays }) => {
    const given = world();
    const source = await started(given, { backfill_start_time: T0 - 5 * DAY });
    await given.pass(DAY + HOUR);
    const all = ids(given).length;
    const span = { from: T0 - ageDays * DAY, to: T0 - ageDays * DAY + 2 * HOUR };
    await source.backfill(span, false, never);
    await given.pass(60);
    expect(ids(given)).toHaveLength(all);
    await source.backfill(span, true, never);
    await given.pass(60);
    const again = given.journal.entries.slice(all);
    expect(again.map(({ id }) => id).toSorted()).toEqual([...between(span.from, span.to, given)].toSorted());
    expect(again.every((entry) => entry.again === true)).toBe(true);
    expect(given.journal.entries.slice(0, all).some((entry) => entry.again === true)).toBe(false);
    await given.pass(2 * DAY);
    expect(ids(given)).toHaveLength(all + 12);
    await source.stop();
  });

  test('in part: the other part is read as what it is, new', async () => {
    const given = world();
    const source = await started(given, { backfill_start_time: T0 - DAY });
    await given.pass(60);
    const all = ids(given).length;
    await source.backfill({ from: T0 - DAY - HOUR, to: T0 - DAY + HOUR }, true, never);
    await given.pass(60);
    const more = given.journal.entries.slice(all);
    expect(more.filter((entry) => entry.again === true)).toHaveLength(6);
    expect(more.filter((entry) => entry.again !== true)).toHaveLength(6);
    await source.stop();
  });
});

test('live events are not held back by a long backfill', async () => {
  const given = new SourceWorld();
  given.latencyMs = 100;
  given.events = [
    ...series(40_000, T0 - 10 * DAY, 20),
    ...series(60, T0 + 10, 10).map((event) => ({ ...event, id: `live${event.id}` })),
  ];
  const source = await started(given, {
    poll_interval: 30_000,
    requests_per_second: 0.5,
    backfill_start_time: T0 - 10 * DAY,
  });
  await given.pass(700);
  expect(source.status().feeds.organization?.backfillSeconds).toBeGreaterThan(0);
  const live = given.journal.entries.filter(({ id }) => id.startsWith('live'));
  expect(live).toHaveLength(60);
  for (const { timeMs, receivedMs } of live) expect(receivedMs - timeMs).toBeLessThan(33_000);
  await source.stop();
});
