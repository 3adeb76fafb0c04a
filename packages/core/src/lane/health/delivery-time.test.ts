/** How long events took, told apart by what they say of the lane. */
import type { SendResult } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { acked, inTurn, LaneWorld, refused } from '../lane.test.world.ts';
import { type DeliveryPhase, DeliveryTimes } from './delivery-time.ts';

const STARTED = 1_000_000_000;

describe('an acked event is counted in one phase', () => {
  test.each<{ name: string; timeMs: number; replay: boolean; phase: DeliveryPhase }>([
    { name: 'that happened after the start', timeMs: STARTED + 1, replay: false, phase: 'live' },
    { name: 'that happened at the start', timeMs: STARTED, replay: false, phase: 'live' },
    { name: 'that happened before it', timeMs: STARTED - 1, replay: false, phase: 'backfill' },
    { name: 'that may have been sent before', timeMs: STARTED + 1, replay: true, phase: 'replay' },
    { name: 'that is old and may have been sent before', timeMs: STARTED - 1, replay: true, phase: 'replay' },
  ])('$phase: one $name', ({ timeMs, replay, phase }) => {
    const times = new DeliveryTimes(STARTED);
    times.acked({ timeMs, replay }, STARTED + 2_000);
    const counts = Object.entries(times.status()).map(([name, { count }]) => [name, count]);
    expect(Object.fromEntries(counts)).toEqual({ live: 0, backfill: 0, replay: 0, [phase]: 1 });
  });
});

describe('a bucket holds what took as long, and less', () => {
  test.each([
    { seconds: 0, first: 1 },
    { seconds: 1, first: 1 },
    { seconds: 1.001, first: 5 },
    { seconds: 3_600, first: 3_600 },
    { seconds: 604_800, first: 604_800 },
    { seconds: 604_801, first: undefined },
    // The host's clock is behind the server's.
    { seconds: -3, first: 1 },
  ])('$seconds s: the first is $first', ({ seconds, first }) => {
    const times = new DeliveryTimes(STARTED);
    times.acked({ timeMs: STARTED, replay: false }, STARTED + seconds * 1_000);
    const { count, sumSeconds, buckets } = times.status().live;
    expect({ count, sumSeconds }).toEqual({ count: 1, sumSeconds: Math.max(0, seconds) });
    expect(buckets.find((bucket) => bucket.count === 1)?.upTo).toBe(first);
    const counts = buckets.map((bucket) => bucket.count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});

test('a lane counts each event once, however often it was sent, and none that the peer has not', async () => {
  const failure = { kind: 'rejected', reason: 'no' } as const;
  const answers: SendResult[] = [refused, { kind: 'partial', acked: 3, failures: [{ index: 1, failure }] }];
  const world = new LaneWorld({ events: 4, script: inTurn(...answers, acked) }).start();
  await world.idle();
  const { delivery, acked: all } = world.lane.status();
  const counted = delivery.live.count + delivery.backfill.count + delivery.replay.count;
  expect([counted, all]).toEqual([3, 3]);
});
