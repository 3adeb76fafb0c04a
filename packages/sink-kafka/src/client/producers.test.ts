import { describe, expect, test } from 'vitest';
import { Overdue } from '../within.ts';
import { ClientError, type ProducerPort } from './port.ts';
import { Producers } from './producers.ts';

interface Made extends ProducerPort {
  readonly calls: string[];
}

function producer(connect: () => Promise<void> = async () => undefined, close = async () => undefined): Made {
  const calls: string[] = [];
  return {
    calls,
    connect,
    partitions: async () => [],
    heard: () => 0,
    produce: async () => ({ outcomes: new Map(), throttleMs: 0 }),
    close: () => {
      calls.push('close');
      return close();
    },
    destroy: () => void calls.push('destroy'),
  };
}

/** Hands out what it has made. */
function desk(make: () => Made = producer) {
  const made: Made[] = [];
  const producers = new Producers(() => {
    const one = make();
    made.push(one);
    return one;
  });
  return { made, producers };
}

const bounds = { limitMs: 1_000, silenceMs: 1_000, signal: new AbortController().signal };

describe('a producer', () => {
  test('that a send succeeded with is had again', async () => {
    const { made, producers } = desk();
    producers.giveBack(await producers.take(bounds));
    await producers.take(bounds);
    expect(made).toHaveLength(1);
  });

  test('that a send failed with is had by nobody again', async () => {
    const { made, producers } = desk();
    producers.drop(await producers.take(bounds));
    await producers.take(bounds);
    expect(made.map(({ calls }) => calls)).toEqual([['destroy'], []]);
  });

  test('is one send’s alone: a second at the same time gets one of its own', async () => {
    const { made, producers } = desk();
    const [first, second] = [await producers.take(bounds), await producers.take(bounds)];
    expect(first).not.toBe(second);
    producers.giveBack(first);
    producers.giveBack(second);
    expect(made.map(({ calls }) => calls)).toEqual([[], ['destroy']]);
  });

  test('that does not connect is ended, and its trouble told', async () => {
    const trouble = new ClientError({ kind: 'leaderless' });
    const { made, producers } = desk(() => producer(() => Promise.reject(trouble)));
    await expect(producers.take(bounds)).rejects.toBe(trouble);
    expect(made[0]?.calls).toEqual(['destroy']);
  });

  test('that never connects is ended by the limit', async () => {
    const { made, producers } = desk(() => producer(() => new Promise(() => undefined)));
    await expect(producers.take({ ...bounds, limitMs: 1 })).rejects.toBeInstanceOf(Overdue);
    expect(made[0]?.calls).toEqual(['destroy']);
  });

  test('is closed in good order, and ended whatever comes of that', async () => {
    const { made, producers } = desk(() => producer(undefined, () => Promise.reject(new Error('no'))));
    producers.giveBack(await producers.take(bounds));
    await producers.close();
    await producers.close();
    expect(made[0]?.calls).toEqual(['close', 'destroy']);
  });

  test('that never closes is ended all the same', async () => {
    const { made, producers } = desk(() => producer(undefined, () => new Promise(() => undefined)));
    producers.giveBack(await producers.take(bounds));
    await producers.close();
    expect(made[0]?.calls).toEqual(['close', 'destroy']);
  });

  test('that comes back after the close is ended', async () => {
    const { made, producers } = desk();
    const late = await producers.take(bounds);
    await producers.close();
    producers.giveBack(late);
    expect(made[0]?.calls).toEqual(['destroy']);
  });
});
