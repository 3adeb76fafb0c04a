/** Setting a journal aside is cut off at every call to the file system: the next start loses nothing that the damaged one held. */
import { afterEach, expect, test, vi } from 'vitest';
import { DamageWorld, ENTRIES, numbersOf, owed, range, SETTLED, START } from './damage.test.world.ts';

/** The process ends at the call of this number, before it or after it: whatever it calls later is never done. */
const cut = vi.hoisted(() => ({ at: Number.POSITIVE_INFINITY, when: 'before', calls: 0 }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const mortal = (call: (...given: never[]) => unknown): unknown => {
    return (...given: never[]): unknown => {
      // A process that is killed holds its socket no longer.
      if (String(given[0]).includes('owner.')) return call(...given);
      cut.calls += 1;
      if (cut.calls > cut.at || (cut.calls === cut.at && cut.when === 'before')) throw new Error('killed');
      const result = call(...given);
      if (cut.calls === cut.at) throw new Error('killed');
      return result;
    };
  };
  const { chmodSync, copyFileSync, fsyncSync, mkdirSync, renameSync, rmSync, writeFileSync } = real;
  const changed = { chmodSync, copyFileSync, fsyncSync, mkdirSync, renameSync, rmSync, writeFileSync };
  return {
    ...real,
    ...Object.fromEntries(Object.entries(changed).map(([name, call]) => [name, mortal(call as never)])),
  };
});

const worlds: DamageWorld[] = [];
afterEach(() => {
  cut.at = Number.POSITIVE_INFINITY;
  for (const world of worlds.splice(0)) world.remove();
});

test.each(['before', 'after'] as const)('ended %s each call', async (when) => {
  let isWhole = false;
  let cuts = 0;
  for (let at = 1; !isWhole; at += 1) {
    const world = new DamageWorld();
    worlds.push(world);
    await world.make();
    world.flip(40);
    Object.assign(cut, { at, when, calls: 0 });
    const first = await world.opened().catch(() => undefined);
    isWhole = cut.calls < at;
    Object.assign(cut, { at: Number.POSITIVE_INFINITY });
    await first?.close();
    cuts += 1;
    const journal = await world.opened();
    expect(journal.source('acme').checkpoint('organization')?.startSeconds, `cut at ${at}`).toBe(START);
    expect(numbersOf(await owed(journal, 'siem')), `cut at ${at}`).toEqual(range(SETTLED, ENTRIES));
    expect([...journal.deadLetters.list('siem')].map(({ entry: { id } }) => id)).toEqual(['e3', 'e4']);
    expect(journal.stats().setAside, `cut at ${at}`).toHaveLength(1);
    await journal.close();
    world.remove();
  }
  expect(cuts).toBeGreaterThan(20);
});
