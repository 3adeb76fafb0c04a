/** What is said of a time that somebody asked for while it is read, and that no part of it is forgotten. */
import { describe, expect, test } from 'vitest';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const DAY = 86_400;
const never = new AbortController().signal;
const span = { from: T0 - 2 * DAY, to: T0 - DAY };

/** An event every minute of the last three days, in a feed that begins now. */
function world(): SourceWorld {
  const made = new SourceWorld();
  made.events = series(3 * 1440, T0 - 3 * DAY, 60);
  return made;
}

test.for([
  { name: 'ahead of this host', serverAheadMs: 40_000 },
  { name: 'behind this host', serverAheadMs: -40_000 },
])('a time up to now, asked for before the first answer, has no hole where the server is $name', async (given) => {
  const made = world();
  made.serverAheadMs = given.serverAheadMs;
  made.events = series(600, T0 - 300, 1);
  const source = made.open();
  source.start();
  await source.backfill({ from: T0 - 300, to: T0 }, false, never);
  await made.pass(600);
  expect(ids(made).toSorted()).toEqual(made.events.map(({ id }) => id).toSorted());
  await source.stop();
});

test('a second time is taken while the first is being read and no poll has come through yet', async () => {
  const made = world();
  const noEnd = '{"object":"list","data":[],"has_more":true,"last_id":null}';
  const isPoll = ({ to }: { readonly to: number }): boolean => to > T0 && made.requests.length > 1;
  made.disturb = (request) =>
    isPoll(request) && made.nowMs < T0 * 1000 + 120_000 ? made.reply(200, noEnd) : undefined;
  const source = await started(made);
  await source.backfill({ from: T0 - 3 * DAY, to: T0 - 2 * DAY }, false, never);
  await made.pass(30);
  const second = { from: T0 - 2 * DAY, to: T0 };
  await source.backfill(second, false, never);
  expect(source.progressIn(second)).toMatchObject({ wholeSeconds: 2 * DAY, leftSeconds: 2 * DAY });
  await made.pass(600);
  expect(ids(made)).toHaveLength(3 * 1440);
  await source.stop();
});

describe('after a pause', () => {
  test('what lies after the newest window is to be read, until the first poll says how much that is', async () => {
    const made = world();
    const first = await started(made);
    await made.pass(60);
    await first.stop();
    await made.pass(10 * DAY);
    const second = made.open();
    const asked = { from: T0 + DAY, to: T0 + 9 * DAY };
    await second.backfill(asked, false, never);
    expect(second.progressIn(asked)).toMatchObject({ wholeSeconds: 8 * DAY, leftSeconds: 8 * DAY });
    second.start();
    await made.pass(120);
    expect(second.progressIn(asked)).toMatchObject({ wholeSeconds: 8 * DAY, leftSeconds: 0 });
    await second.stop();
  });
});

describe('a feed that the API refuses', () => {
  test('is named, and its part counts once it is read again', async () => {
    const made = world();
    let isRefused = true;
    made.disturb = ({ feed }) => (isRefused && feed === 'tenant' ? made.reply(403, '') : undefined);
    const source = await started(made, { feeds: ['organization', 'tenant'] });
    await source.backfill(span, false, never);
    await made.pass(60);
    expect(source.progressIn(span)).toMatchObject({
      wholeSeconds: DAY,
      leftSeconds: 0,
      paused: { tenant: expect.stringContaining('403') },
    });
    isRefused = false;
    await made.pass(2000);
    expect(source.progressIn(span)).toMatchObject({ wholeSeconds: 2 * DAY, leftSeconds: 0, paused: {} });
    await source.stop();
  });
});
