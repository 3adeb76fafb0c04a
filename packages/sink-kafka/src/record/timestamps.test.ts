import { describe, expect, test } from 'vitest';
import { world } from '../__fixtures__/world.ts';
import type { Cluster } from '../emulator/cluster.ts';
import { Timestamps } from './timestamps.ts';

const NOW_MS = 1_000_000_000;
const HOUR_MS = 3_600_000;

describe('the time of a record', () => {
  test('is that of its event', () => {
    expect(new Timestamps().of(5, NOW_MS)).toBe(5);
  });

  test('is the time of sending for what was refused and for all that is older', () => {
    const timestamps = new Timestamps();
    expect(timestamps.refuse([100, 300, 200], NOW_MS)).toBe(true);
    expect([50, 100, 300, 301].map((timeMs) => timestamps.of(timeMs, NOW_MS))).toEqual([NOW_MS, NOW_MS, NOW_MS, 301]);
  });

  test('an event from ahead is the likelier cause, and the others keep their own', () => {
    const timestamps = new Timestamps();
    const aheadMs = NOW_MS + 2 * HOUR_MS;
    expect(timestamps.refuse([100, aheadMs], NOW_MS)).toBe(true);
    expect([100, aheadMs, aheadMs + 1].map((timeMs) => timestamps.of(timeMs, NOW_MS))).toEqual([100, NOW_MS, NOW_MS]);
    // The one from ahead was not to blame, or not alone: what still has its own time is next.
    expect(timestamps.refuse([100], NOW_MS)).toBe(true);
    expect(timestamps.of(100, NOW_MS)).toBe(NOW_MS);
  });

  test('once refused stays so, whatever is refused later', () => {
    const timestamps = new Timestamps();
    timestamps.refuse([300], NOW_MS);
    timestamps.refuse([100], NOW_MS);
    expect(timestamps.of(300, NOW_MS)).toBe(NOW_MS);
  });

  test('there is nothing left to change once all had the time of sending', () => {
    expect(new Timestamps().refuse([], NOW_MS)).toBe(false);
  });
});

describe('a topic that refuses the time of old events', () => {
  /** As a broker with `message.timestamp.before.max.ms` does. */
  const refuseBefore = (cluster: Cluster, leastMs: number): void => {
    cluster.act = ({ batches }) => ({
      codes: Object.fromEntries(
        [...batches].map(([id, { records }]) => [
          id,
          records.some(({ timestampMs }) => timestampMs < leastMs) ? 32 : 0,
        ]),
      ),
    });
  };

  test('gets them with the time of sending, which is told and counted, and younger ones with their own', async () => {
    const { cluster, send, context } = await world({ partitions: 1 });
    refuseBefore(cluster, context.now() - HOUR_MS / 60);
    expect(await send(['old', 'new'])).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(await send(['old', 'new'])).toEqual({ kind: 'acked' });
    expect(cluster.held.map(({ timestampMs }) => timestampMs)).toEqual([context.now(), context.now()]);
    expect(context.logs.map(({ code }) => code)).toContain('KAFKA_TIME_OF_SENDING');
    expect(context.counts).toEqual([{ code: 'time_of_sending', n: 2 }]);
  });

  test('blocks where it refuses the time of sending as well: no event is to blame for this host’s clock', async () => {
    const { cluster, send, context } = await world({ partitions: 1 });
    refuseBefore(cluster, context.now() + 1);
    await send(['a']);
    expect(await send(['a'])).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('clock') });
  });
});
