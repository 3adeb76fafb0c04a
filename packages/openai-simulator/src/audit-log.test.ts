import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuditLog, type AuditLogOptions, type NewEvent } from './audit-log.ts';
import { defaultKnobs } from './knobs.ts';
import { readQuery } from './query.ts';

const startMs = 1_790_000_000_000;
const startS = startMs / 1000;

/** An audit log under a clock that a test moves, and a collector that walks it to its end. */
function openLog(options: Partial<AuditLogOptions> = {}): {
  readonly log: AuditLog;
  readonly clock: { ms: number };
  walk(query: string, order?: 'asc' | 'desc'): readonly (string | null)[];
} {
  const clock = { ms: startMs };
  const late = { share: 0, maxS: 0 };
  const past = { seed: 1, events: 0, spanMs: 3_600_000, rate: 0, late, records: [], now: () => clock.ms };
  const log = new AuditLog({ ...past, ...options });
  const walk = (query: string, order: 'asc' | 'desc' = 'desc'): readonly (string | null)[] => {
    const ids: (string | null)[] = [];
    for (let after = ''; ; after = `&after=${ids.at(-1)}`) {
      const page = log.page(readQuery(new URLSearchParams(query + after), defaultKnobs), order);
      ids.push(...page.events.map((event) => log.id(event) ?? null));
      if (!page.hasMore) return ids;
    }
  };
  return { log, clock, walk };
}

function visibleIds(log: AuditLog, nowMs: number): readonly (string | null)[] {
  return [...log.truth()].filter(({ visibleAtMs }) => visibleAtMs <= nowMs).map(({ id }) => id);
}

function sorted(ids: Iterable<string | null>): readonly string[] {
  return [...ids].map(String).sort((left, right) => (left < right ? -1 : Number(left > right)));
}

describe('a walk', () => {
  const someType = fc.constantFrom('login.succeeded', 'user.added', 'tenant.group.created', 'role.bound_to_resource');
  const someEvents = fc.array(fc.record({ type: someType, offset: fc.integer({ min: 0, max: 12 }) }), {
    maxLength: 60,
  });
  const someBounds = fc.record(
    Object.fromEntries(['gt', 'gte', 'lt', 'lte'].map((bound) => [bound, fc.integer({ min: -1, max: 13 })])),
    { requiredKeys: [] },
  );
  const someWalk = {
    bounds: someBounds,
    limit: fc.integer({ min: 1, max: 30 }),
    types: fc.array(fc.constantFrom('tenant.group.created', 'role.bound_to_resource'), { maxLength: 2 }),
    tenant: fc.boolean(),
    order: fc.constantFrom('asc', 'desc'),
  } as const;

  test('gives exactly the events that a filter over all of them gives, whatever the ties, bounds, limit and order', () => {
    fc.assert(
      fc.property(someEvents, fc.record(someWalk), (events, { bounds, limit, types, tenant, order }) => {
        const { log, walk } = openLog();
        const records = events.map(({ type, offset }, index) => ({
          id: `e${index}`,
          type,
          effective_at: startS - 20 + offset,
        }));
        // In two parts, so that the second is merged into the first.
        log.add(records.slice(0, records.length >> 1).map((record) => ({ record })));
        log.add(records.slice(records.length >> 1).map((record) => ({ record })));
        const asked = Object.entries(bounds).map(([bound, offset]) => [bound, startS - 20 + (offset ?? 0)] as const);
        const expected = records.filter(
          ({ type, effective_at }) =>
            (type.startsWith('tenant.') || type.startsWith('role.')) === tenant &&
            (types.length === 0 || types.some((wanted) => wanted === type)) &&
            asked.every(([bound, seconds]) => isWithin(bound, effective_at, seconds)),
        );
        const query = [
          `limit=${limit}&tenant_only=${tenant}`,
          ...asked.map(([bound, seconds]) => `effective_at[${bound}]=${seconds}`),
          ...types.map((type) => `event_types%5B%5D=${type}`),
        ].join('&');
        const found = walk(query, order);
        expect(sorted(found)).toEqual(sorted(expected.map(({ id }) => id)));
        const times = found.map((id) => records.find((record) => record.id === id)?.effective_at ?? 0);
        expect(times).toEqual([...times].sort((left, right) => (order === 'asc' ? left - right : right - left)));
      }),
      { numRuns: 300 },
    );
  });

  test('backwards with before gives the same events as forwards with after', () => {
    const { log, walk } = openLog({ events: 500, spanMs: 60_000 });
    const forwards = walk('limit=100');
    const backwards: (string | null)[] = [forwards.at(-1) ?? null];
    for (let hasMore = true; hasMore; ) {
      const query = readQuery(new URLSearchParams(`limit=7&before=${backwards[0]}`), defaultKnobs);
      const page = log.page(query, 'desc');
      backwards.unshift(...page.events.map((event) => log.id(event) ?? null));
      ({ hasMore } = page);
    }
    expect(backwards).toEqual(forwards);
  });

  test('gives every generated event of both feeds exactly once', () => {
    const { log, walk } = openLog({ events: 3_000, spanMs: 100_000 });
    const walked = [...walk('limit=33'), ...walk('limit=33&tenant_only=true')];
    expect(new Set(walked).size).toBe(3_000);
    expect(sorted(walked)).toEqual(sorted(visibleIds(log, startMs)));
  });

  test('orders events of one second neither by id nor by arrival, but always alike', () => {
    const { log, walk } = openLog();
    const ids = Array.from({ length: 20 }, (_, index) => `e${String(index).padStart(2, '0')}`);
    log.add(ids.map((id) => ({ record: { id, type: 'user.added', effective_at: startS } })));
    const walked = walk('limit=100');
    expect(walked).toEqual(walk('limit=3'));
    expect(sorted(walked)).toEqual(ids);
    expect(walked).not.toEqual(ids);
    expect([...walked].reverse()).not.toEqual(ids);
  });

  test('shows copies of one id side by side and never turns in a circle among them', () => {
    const { log, walk } = openLog();
    const ids = ['a', 'b', 'a', 'c', 'd', 'a'];
    log.add(ids.map((id) => ({ record: { id, type: 'user.added', effective_at: startS } })));
    expect(sorted(walk('limit=100'))).toEqual(['a', 'a', 'a', 'b', 'c', 'd']);
    expect(sorted(new Set(walk('limit=1')))).toEqual(['a', 'b', 'c', 'd']);
  });
});

function isWithin(bound: string, seconds: number, limit: number): boolean {
  if (bound === 'gt') return seconds > limit;
  if (bound === 'gte') return seconds >= limit;
  return bound === 'lt' ? seconds < limit : seconds <= limit;
}

describe('as the clock moves', () => {
  test('events happen at the rate that was asked for, and are shown from their own time on', () => {
    const { log, clock, walk } = openLog({ rate: 4 });
    expect(walk('')).toEqual([]);
    clock.ms += 50_000;
    expect(visibleIds(log, clock.ms)).toHaveLength(200);
    for (const { effectiveAt, visibleAtMs } of log.truth()) {
      expect(Math.floor(visibleAtMs / 1000)).toBe(effectiveAt);
    }
  });

  test('live events join those of the past and those that were added', () => {
    const { log, clock, walk } = openLog({ events: 40, rate: 2 });
    log.add([{ record: { id: 'added', type: 'user.added', effective_at: startS - 5 } }]);
    clock.ms += 10_000;
    const walked = [...walk('limit=9'), ...walk('limit=9&tenant_only=true')];
    expect(sorted(walked)).toEqual(sorted(visibleIds(log, clock.ms)));
    expect(walked).toHaveLength(61);
  });

  test('a late event is hidden until its moment, and then stands at its own time', () => {
    const { log, clock, walk } = openLog();
    const event = (id: string, late_by_s?: number): NewEvent => ({
      record: { id, type: 'user.added', effective_at: startS - 10 + id.length },
      ...(late_by_s === undefined ? {} : { late_by_s }),
    });
    log.add([event('aaa'), event('bb', 30), event('c')]);
    clock.ms += 29_999;
    expect(walk('limit=1')).toEqual(['aaa', 'c']);
    expect(() => walk('after=bb')).toThrow('bb');
    clock.ms += 1;
    expect(walk('limit=1')).toEqual(['aaa', 'bb', 'c']);
  });

  test('about the share of generated events that was asked for is late, and none later than the limit', () => {
    const { log, clock, walk } = openLog({ rate: 10, late: { share: 0.2, maxS: 600 } });
    clock.ms += 200_000;
    const delays = [...log.truth()].map(({ effectiveAt, visibleAtMs }) => visibleAtMs - effectiveAt * 1000);
    const late = delays.filter((delay) => delay >= 1000);
    expect(late.length / delays.length).toBeGreaterThan(0.15);
    expect(late.length / delays.length).toBeLessThan(0.25);
    expect(Math.max(...delays)).toBeLessThan(601_000);
    expect(sorted([...walk('limit=50'), ...walk('limit=50&tenant_only=true')])).toEqual(
      sorted(visibleIds(log, clock.ms)),
    );
    clock.ms += 601_000;
    expect(visibleIds(log, clock.ms).length).toBeGreaterThanOrEqual(2_000);
  });

  test('about the share that was asked for is backfilled, after half to the whole of the delay', () => {
    const { log, clock } = openLog({ rate: 10, backfill: { share: 0.1, maxS: 86_400 } });
    clock.ms += 200_000;
    const delays = [...log.truth()].map(({ effectiveAt, visibleAtMs }) => visibleAtMs - effectiveAt * 1000);
    const long = delays.filter((delay) => delay >= 1000);
    expect(long.length / delays.length).toBeGreaterThan(0.07);
    expect(long.length / delays.length).toBeLessThan(0.13);
    expect(Math.min(...long)).toBeGreaterThanOrEqual(43_200_000);
    expect(Math.max(...long)).toBeLessThanOrEqual(86_401_000);
  });

  test('the same seed gives the same past whatever happens later', () => {
    const [one, other] = [openLog({ events: 50, seed: 9 }), openLog({ events: 50, seed: 9, rate: 3 })];
    expect(one.walk('limit=100')).toEqual(other.walk('limit=100'));
  });
});

describe('what is added', () => {
  test('keeps its text byte for byte', () => {
    const { log, walk } = openLog();
    const record = '{ "id":"x",  "type":"user.added", "effective_at":1.0e9, "n":9007199254740993 }';
    log.add([{ record }]);
    expect(walk('')).toEqual(['x']);
    const [event = -1] = log.page(readQuery(new URLSearchParams(), defaultKnobs), 'desc').events;
    expect(log.record(event).toString()).toBe(record);
  });

  test('is served without an id, a time or a type, and even when it is no object', () => {
    const { log, walk } = openLog();
    log.add([{ record: '42' }, { record: '{"effective_at":1e400}' }, { record: '{"id":"x"}', feed: 'tenant' }]);
    expect(walk('')).toEqual([null, null]);
    expect(walk('tenant_only=true')).toEqual(['x']);
    expect([...log.truth()].map(({ id, effectiveAt }) => [id, effectiveAt])).toEqual([
      [null, startS],
      [null, startS],
      ['x', startS],
    ]);
  });

  test('is refused as a whole when one of it is no JSON', () => {
    const { log } = openLog();
    expect(() => log.add([{ record: '{"id":"x"}' }, { record: '{' }])).toThrow(SyntaxError);
    expect([...log.truth()]).toEqual([]);
  });
});
