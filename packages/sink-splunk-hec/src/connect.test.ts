/** What is kept for an address: cookies, and that the first goes alone. */

import { describe, expect, test } from 'vitest';
import { batch, turnsUntil, world } from './__fixtures__/world.ts';
import { Cookies } from './cookies.ts';
import { answer } from './emulator/index.ts';
import { FirstAlone } from './first-alone.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);

describe('cookies', () => {
  test.each<{ name: string; lines: readonly string[]; cookie: string | undefined }>([
    { name: 'none', lines: [], cookie: undefined },
    {
      name: 'several, in their order',
      lines: ['AWSALB=a; Path=/', 'AWSALBCORS=b; Secure'],
      cookie: 'AWSALB=a; AWSALBCORS=b',
    },
    { name: 'the newest of a name', lines: ['a=1', 'a=2'], cookie: 'a=2' },
    { name: 'one with = in it', lines: ['a=b=='], cookie: 'a=b==' },
    { name: 'one that is taken back', lines: ['a=1', 'a=1; Max-Age=0'], cookie: undefined },
    {
      name: 'one that is over by its date',
      lines: ['a=1', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      cookie: undefined,
    },
    {
      name: 'Max-Age before Expires',
      lines: ['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      cookie: 'a=1',
    },
    { name: 'no name', lines: ['=1', ''], cookie: undefined },
    { name: 'what no header can carry', lines: ['a=b\r\nc'], cookie: undefined },
    { name: 'one that is too long', lines: [`a=${'x'.repeat(5_000)}`], cookie: undefined },
  ])('$name', ({ lines, cookie }) => {
    const cookies = new Cookies();
    for (const line of lines) cookies.keep({ headers: () => [line] }, NOW_MS);
    expect(cookies.headers().cookie).toBe(cookie);
  });

  test('are twenty at most', () => {
    const cookies = new Cookies();
    cookies.keep({ headers: () => Array.from({ length: 50 }, (_, at) => `a${at}=1`) }, NOW_MS);
    expect(cookies.headers().cookie?.split('; ')).toHaveLength(20);
  });
});

describe('the first request', () => {
  test('goes alone until there is an answer; then all go', async () => {
    const first = new FirstAlone();
    const { signal } = new AbortController();
    const endFirst = await first.enter(signal);
    const entered: string[] = [];
    const others = ['b', 'c', 'd'].map(async (name) => {
      const end = await first.enter(signal);
      entered.push(name);
      return end;
    });
    await turnsUntil(() => true);
    expect(entered).toEqual([]);
    endFirst(false);
    const endSecond = await others[0];
    expect(entered).toEqual(['b']);
    endSecond?.(true);
    await Promise.all(others);
    expect(entered).toEqual(['b', 'c', 'd']);
  });

  test('who waits for it goes when stopped', async () => {
    const first = new FirstAlone();
    await first.enter(new AbortController().signal);
    const stop = new AbortController();
    const waiting = first.enter(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

test('a poll that is refused three times ends the wait, so that the sink can be opened with another token', async () => {
  const here = await world(
    {},
    { tokens: { '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab': { useAck: true } }, indexesAtOnce: false },
  );
  const sending = here.begin(batch(2));
  await sending.taken;
  here.emulator.answer(({ path }) => (path.endsWith('/ack') ? answer(4) : undefined));
  for (let turn = 0; turn < 3; turn += 1) await here.poll();
  expect(await sending.result).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  expect(here.counted('ack_refused')).toBe(2);
});

test('with acknowledgment off, what the token offers is left alone, and said once', async () => {
  const here = await world(
    { indexer_ack: 'off' },
    { tokens: { '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab': { useAck: true } } },
  );
  for (let turn = 0; turn < 2; turn += 1) expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
  expect(here.logged()).toEqual(['SPLUNK_HEC_ACK_IGNORED']);
  expect(here.emulator.requests.every(({ path }) => path.endsWith('/event'))).toBe(true);
});
