/** A changed base URL or key: the feed goes on only in the log whose progress stands in the journal. */
import { describe, expect, test } from 'vitest';
import type { Doubt, Witness } from '../journal/binding.ts';
import { configOf, type FakeEvent, ids, SourceWorld, started, T0 } from './__fixtures__/world.ts';
import { originOf } from './origin.ts';

const witness: Witness = { feed: 'organization', id: 'known', second: T0 - 100 };
const doubt: Doubt = { changed: 'base_url', witnesses: [witness], isEmpty: false };
const known: FakeEvent = { id: 'known', at: T0 - 100 };
const crowd = Array.from({ length: 350 }, (_, n): FakeEvent => ({ id: `beside-${n}`, at: T0 - 100 }));

function doubted(change: Partial<Doubt> = {}, events: readonly FakeEvent[] = []): SourceWorld {
  const world = new SourceWorld();
  world.journal.doubted = { ...doubt, ...change };
  world.events = [...events, { id: 'new', at: T0 + 5 }];
  return world;
}

describe('with a doubt about the log', () => {
  test.for<{
    name: string;
    world: () => SourceWorld;
    judgements: readonly string[];
    read: readonly string[];
    health: string;
  }>([
    {
      name: 'an event that is journaled is found: the same log, and it goes on',
      world: () => doubted({}, [known]),
      judgements: ['same'],
      read: ['new'],
      health: 'ok',
    },
    {
      name: 'it is found behind pages of others of its second',
      world: () => doubted({}, [...crowd, known]),
      judgements: ['same'],
      read: ['new'],
      health: 'ok',
    },
    {
      name: 'the second of two is found, the first has left the log',
      world: () => doubted({ witnesses: [{ ...witness, id: 'erased', second: T0 - 7 }, witness] }, [known]),
      judgements: ['same'],
      read: ['new'],
      health: 'ok',
    },
    {
      name: 'none is found: nothing is read',
      world: () => doubted({ changed: 'api_key' }, [{ id: 'strange', at: T0 - 100 }]),
      judgements: ['other'],
      read: [],
      health: 'paused',
    },
    {
      name: 'an event was seen and none is kept to know the log by: nothing is read',
      world: () => doubted({ witnesses: [] }),
      judgements: ['other'],
      read: [],
      health: 'paused',
    },
    {
      name: 'no event was ever seen: all is read anew',
      world: () => doubted({ witnesses: [], isEmpty: true }),
      judgements: ['anew'],
      read: ['new'],
      health: 'ok',
    },
  ])('$name', async ({ world: make, judgements, read, health }) => {
    const world = make();
    const source = await started(world);
    await world.pass(40);
    expect([...new Set(world.journal.judgements)]).toEqual(judgements);
    expect(ids(world)).toEqual(read);
    expect(source.status().feeds.organization?.health).toBe(health);
    await source.stop();
  });

  test('an outage is no answer: it is asked again until one comes', async () => {
    const world = doubted({}, [known]);
    world.disturb = () => (world.nowMs < (T0 + 600) * 1000 ? world.reply(503, '') : undefined);
    const source = await started(world);
    await world.pass(590);
    expect(world.journal.judgements).toEqual([]);
    await world.pass(100);
    expect(ids(world)).toEqual(['new']);
    await source.stop();
  });

  test.for(['too_large', 'timeout'] as const)('an answer that is %s says nothing of the log', async (failure) => {
    const world = doubted({}, [known]);
    world.disturb = () =>
      world.nowMs < (T0 + 600) * 1000 ? { kind: 'none', failure, hasBegun: true, reason: 'x' } : undefined;
    const source = await started(world);
    await world.pass(590);
    expect(world.journal.judgements).toEqual([]);
    expect(source.status().feeds.organization?.problem).toContain('cannot be told');
    await world.pass(100);
    expect(ids(world)).toEqual(['new']);
    await source.stop();
  });

  test('who waits for the feed is told that the new key is refused', async () => {
    const world = doubted({ changed: 'api_key' }, [known]);
    world.disturb = () => world.reply(401, '{}');
    const source = await started(world, { feeds: ['organization', 'tenant'] });
    const caughtUp = source.caughtUp(new AbortController().signal);
    await world.pass(60);
    await caughtUp;
    expect(source.status().feeds.organization?.health).toBe('paused');
    await source.stop();
  });

  test('both feeds stand still for another log, and both go on once it is the right one', async () => {
    const world = doubted({}, [{ id: 'tenants', at: T0 + 6, feed: 'tenant' }]);
    const config = { feeds: ['organization', 'tenant'] } as const;
    const source = await started(world, config);
    await world.pass(300);
    const { organization, tenant } = source.status().feeds;
    expect(organization).toMatchObject({ health: 'paused', problem: expect.stringContaining('journal adopt') });
    expect(ids(world)).toEqual([]);
    expect(tenant?.journaled).toBe(0);
    world.events = [...world.events, known];
    await world.pass(300);
    expect(source.status().feeds.organization?.problem).toBeUndefined();
    expect(ids(world).toSorted()).toEqual(['new', 'tenants']);
    await source.stop();
  });

  test('filters of today do not hide the event of before', async () => {
    const world = doubted({}, [known]);
    const source = await started(world, { event_types: ['user.added'] });
    await world.pass(5);
    expect(world.requests[0]?.query.has('event_types[]')).toBe(false);
    expect(world.journal.judgements).toEqual(['same']);
    await source.stop();
  });
});

test.for<{ name: string; url: string }>([
  { name: 'a slash at the end', url: 'https://api.example.com/v1/' },
  { name: 'the default port', url: 'https://api.example.com:443/v1' },
  { name: 'capitals in the host', url: 'https://API.Example.COM/v1' },
])('$name makes no other place', ({ url }) => {
  const at = (base_url: string): string => originOf(configOf({ base_url })).baseUrl;
  expect(at(url)).toBe(at('https://api.example.com/v1'));
});

test.for<{ name: string; url: string }>([
  { name: 'a path', url: 'https://api.example.com/v2' },
  { name: 'a port', url: 'https://api.example.com:8443/v1' },
  { name: 'a host', url: 'https://eu.api.example.com/v1' },
])('$name does', ({ url }) => {
  const at = (base_url: string): string => originOf(configOf({ base_url })).baseUrl;
  expect(at(url)).not.toBe(at('https://api.example.com/v1'));
});

test('an origin holds nothing of the key', () => {
  const origin = originOf(configOf({ api_key: 'sk-admin-canary' }));
  expect(JSON.stringify(origin)).not.toContain('canary');
  expect(originOf(configOf({ api_key: 'sk-admin-other' })).key).not.toBe(origin.key);
});
