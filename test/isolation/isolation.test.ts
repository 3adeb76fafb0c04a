/**
 * Promise 3 by the real command: what one sink suffers no other feels; the source waits for a sink only when what that one
 * has not taken fills the journal; and an end waits for it no longer than the grace.
 */
import { randomBytes } from 'node:crypto';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { IsolationWorld, type Mode, until } from './world.ts';

const EVENTS = 300;
const WELL = ['one', 'two', 'three'] as const;

let simulator: Simulator;
let world: IsolationWorld | undefined;
beforeAll(async () => {
  simulator = await startSimulator({ events: EVENTS, spanMs: 3_600_000 });
});
afterEach(async () => {
  await world?.remove();
  world = undefined;
});
afterAll(() => simulator.close());

const truth = (of: Simulator): readonly string[] => [...of.truth()].map(({ id }) => id ?? '').toSorted();

const BAD: Readonly<Record<string, { readonly mode: Mode; readonly health: string }>> = {
  hung: { mode: 'hangs', health: 'ok' },
  slow: { mode: 'is slow', health: 'ok' },
  dead: { mode: 'is dead', health: 'retrying' },
  busy: { mode: 'refuses', health: 'retrying' },
  locked: { mode: 'is locked', health: 'blocked' },
};

test('beside a hung, a slow, a dead, a busy and a locked sink the others have everything, in the order of the journal', async () => {
  const bad = Object.keys(BAD);
  const relay = await IsolationWorld.make({ simulator, sinks: [...WELL, ...bad] });
  world = relay;
  for (const [name, { mode }] of Object.entries(BAD)) relay.tell(name, mode);
  relay.begin(500);
  await until(() => WELL.every((name) => relay.ids(name).length === EVENTS));
  for (const name of bad) expect(relay.ids(name).length).toBeLessThan(EVENTS);
  const [first, ...others] = WELL.map((name) => relay.ids(name));
  expect(first?.toSorted()).toEqual(truth(simulator));
  for (const other of others) expect(other).toEqual(first);
  await until(async () => {
    const { lanes } = (await relay.figures()).journal;
    return WELL.every((name) => lanes[name]?.behindEntries === 0);
  });
  const { lanes, journal } = await relay.figures();
  const healths = Object.fromEntries(bad.map((name) => [name, lanes[name]?.health]));
  expect(healths).toEqual(Object.fromEntries(Object.entries(BAD).map(([name, { health }]) => [name, health])));
  expect(WELL.map((name) => lanes[name]?.health)).toEqual(['ok', 'ok', 'ok']);
  expect(journal.fullBecauseOf).toBe(undefined);

  // None of them is waited for beyond the grace; what each lacks is held.
  expect(await relay.end('SIGTERM')).toMatchObject({ code: 0 });
  for (const name of bad) relay.tell(name, 'is well');
  relay.begin(60_000);
  await until(() => bad.every((name) => new Set(relay.ids(name)).size === EVENTS));
  expect(await relay.end('SIGTERM')).toMatchObject({ code: 0 });
  for (const name of bad) expectNoneUnmarkedTwice(relay, name);
  for (const name of WELL) expect(relay.ids(name)).toHaveLength(EVENTS);
});

function expectNoneUnmarkedTwice(relay: IsolationWorld, name: string): void {
  const fresh = relay.taken(name).flatMap(({ id, replay }) => (replay ? [] : [id]));
  expect(new Set(fresh).size).toBe(fresh.length);
}

test('a second signal ends at once what a hung sink would keep for the grace, and nothing is lost', async () => {
  const relay = await IsolationWorld.make({ simulator, sinks: ['one', 'bad'] });
  world = relay;
  relay.tell('bad', 'hangs');
  relay.begin(3_600_000);
  await until(() => relay.ids('one').length > 0);
  expect(await relay.end('SIGTERM', 'SIGINT')).toMatchObject({ code: 1 });
  relay.tell('bad', 'is well');
  relay.begin(60_000);
  await until(() => ['one', 'bad'].every((name) => new Set(relay.ids(name)).size === EVENTS));
  for (const name of ['one', 'bad']) expectNoneUnmarkedTwice(relay, name);
});

test('the source waits once what one sink has not taken fills the journal, says whose it is, and goes on', async () => {
  const large = await startSimulator();
  try {
    const seconds = Math.floor(Date.now() / 1_000) - 700 * 600;
    large.add(
      Array.from({ length: 700 }, (_, n) => ({
        record: JSON.stringify({
          id: `audit_log-${n}`,
          type: 'project.created',
          effective_at: seconds + n * 600,
          noise: randomBytes(30_000).toString('base64'),
        }),
      })),
    );
    const relay = await IsolationWorld.make({ simulator: large, sinks: ['one', 'bad'], maxBytes: '16MiB' });
    world = relay;
    relay.tell('bad', 'hangs');
    relay.begin(500);
    await until(async () => (await relay.figures()).journal.fullBecauseOf === 'bad');
    expect(await relay.get('/readyz')).toMatch(/^200 ready\n(.*\n)*journal: full because of bad/);
    // The other one has all that is journaled, which is not all there is.
    await until(async () => (await relay.figures()).journal.lanes['one']?.behindEntries === 0);
    const taken = relay.ids('one').length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(700);
    expect((await relay.figures()).journal.lanes['bad']?.law).toMatchObject({ journaled: taken, held: taken });
    await relay.end('SIGTERM');
    relay.tell('bad', 'is well');
    relay.begin(60_000);
    await until(() => ['one', 'bad'].every((name) => new Set(relay.ids(name)).size === 700));
    expect(relay.ids('one')).toHaveLength(700);
    await until(async () => (await relay.figures()).journal.fullBecauseOf === undefined);
  } finally {
    await large.close();
  }
});
