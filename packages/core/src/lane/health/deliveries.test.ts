import { expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import { Deliveries } from './deliveries.ts';

function entry(id: number, characters = 10): Entry {
  const raw = 'x'.repeat(characters);
  return {
    id: String(id),
    type: 't',
    timeMs: 0,
    receivedMs: 0,
    source: 'acme',
    feed: 'organization',
    dialect: 'audit_logs',
    raw,
  };
}

/** A sink that somebody looks at, by a clock of the test's. */
function world() {
  const clock = { ms: 0 };
  const deliveries = new Deliveries({ elapsedMs: () => clock.ms });
  const acked = deliveries.onAcked('siem');
  const taken = (
    after: number | undefined,
    most = 1_000,
  ): { ids: readonly string[]; after: number; missed: number } => {
    const { events, ...rest } = deliveries.take('siem', after, most);
    return { ids: events.map(({ entry: { id } }) => id), ...rest };
  };
  const ack = (...entries: readonly Entry[]): void => acked(entries.map((one) => ({ entry: one, replay: false })));
  return { clock, ack, taken, deliveries };
}

test('nothing is kept before somebody asks; from then on each comes once, in order', () => {
  const { ack, taken } = world();
  ack(entry(1));
  expect(taken(undefined)).toEqual({ ids: [], after: 0, missed: 0 });
  ack(entry(2), entry(3));
  expect(taken(0)).toEqual({ ids: ['2', '3'], after: 2, missed: 0 });
  expect(taken(2)).toEqual({ ids: [], after: 2, missed: 0 });
  // Another who looks on begins now, and takes nothing away.
  expect(taken(undefined)).toEqual({ ids: [], after: 2, missed: 0 });
  ack(entry(4));
  expect(taken(2).ids).toEqual(['4']);
});

test('one answer holds so much, the rest comes with the next', () => {
  const { ack, taken } = world();
  taken(undefined);
  ack(entry(1, 60), entry(2, 60), entry(3, 30));
  expect(taken(0, 100)).toEqual({ ids: ['1'], after: 1, missed: 0 });
  expect(taken(1, 100)).toEqual({ ids: ['2', '3'], after: 3, missed: 0 });
});

test('what no answer can hold is counted', () => {
  const { ack, taken } = world();
  taken(undefined);
  ack(entry(1), entry(2, 500), entry(3));
  expect(taken(0, 100)).toEqual({ ids: ['1', '3'], after: 3, missed: 1 });
});

test.each([
  ['many events', 20_500, 10],
  ['long ones', 9, 2 ** 20],
])('whoever is too slow for %s is told what went by, and memory is bounded', (_name, count, characters) => {
  const { ack, taken } = world();
  taken(undefined);
  for (let id = 1; id <= count; id += 1) ack(entry(id, characters));
  const { ids, missed, after } = taken(0, 2 ** 30);
  expect(missed).toBeGreaterThan(0);
  expect(ids.length + missed).toBe(count);
  expect(ids.length * characters).toBeLessThanOrEqual(4 * 2 ** 20);
  expect(ids.at(-1)).toBe(String(count));
  expect(after).toBe(count);
});

test('once nobody has asked for a while nothing is kept, and who asks again begins anew', () => {
  const { clock, ack, taken } = world();
  taken(undefined);
  ack(entry(1));
  clock.ms = 10_001;
  ack(entry(2));
  // Two, of which the first had been kept: who was only slow is told.
  expect(taken(0)).toEqual({ ids: [], after: 2, missed: 2 });
  ack(entry(3));
  expect(taken(2)).toEqual({ ids: ['3'], after: 3, missed: 0 });
});

test('a place of another process is now', () => {
  const { ack, taken } = world();
  taken(undefined);
  ack(entry(1));
  expect(taken(500)).toEqual({ ids: [], after: 1, missed: 0 });
});
