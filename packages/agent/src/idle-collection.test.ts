import { expect, test } from 'vitest';
import { collectWhenIdle } from './idle-collection.ts';

/** Looks at a process that worked so much of each time between two looks; returns at which looks it was collected. */
async function collectedAt(shares: readonly number[]): Promise<readonly number[]> {
  return (await looksAt(shares)).collected;
}

async function looksAt(
  shares: readonly number[],
): Promise<{ readonly collected: readonly number[]; readonly busy: readonly number[] }> {
  const ending = new AbortController();
  const collected: number[] = [];
  const busy: number[] = [];
  let elapsedMs = 5_000;
  let cpuMs = 700;
  let looks = 0;
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    const share = shares[looks];
    if (share === undefined) ending.abort(new Error('over'));
    signal.throwIfAborted();
    elapsedMs += ms;
    cpuMs += ms * (share ?? 0);
    looks += 1;
  };
  const runtime = { elapsedMs: () => elapsedMs, sleep };
  const parts = { runtime, cpuMs: () => cpuMs, collect: () => collected.push(looks), onBusy: () => busy.push(looks) };
  await collectWhenIdle(parts, ending.signal);
  return { collected, busy };
}

test.each([
  ['the start is followed by one, and idling by none', [0.003, 0.003, 0.003], [1]],
  ['a backfill from the start on is followed by one', [0.9, 0.9, 0.003, 0.003], [3]],
  ['so is each busy time after it', [0.003, 0.5, 0.003, 0.003, 0.5, 0.003], [1, 3, 6]],
  ['a process that always works is left alone', [0.2, 0.1, 0.2], []],
  ['a few events are no busy time', [0.01, 0.015, 0.01], [1]],
])('%s', async (_, shares, looks) => {
  await expect(collectedAt(shares)).resolves.toEqual(looks);
});

test('whoever wants to know hears of each look at which it worked', async () => {
  expect((await looksAt([0.003, 0.5, 0.01, 0.9, 0.9])).busy).toEqual([2, 4, 5]);
});

test('it ends with its signal, also while it waits', async () => {
  const ending = new AbortController();
  const sleep = (_: number, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const ended = collectWhenIdle(
    { runtime: { elapsedMs: () => 0, sleep }, cpuMs: () => 0, collect: () => undefined, onBusy: () => undefined },
    ending.signal,
  );
  ending.abort(new Error('over'));
  await expect(ended).resolves.toBeUndefined();
});
