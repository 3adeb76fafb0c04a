/** The parts of the live page by themselves: readers that are slow, an hour of history, and the newest dead letters. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Relay } from '@audit-relay/core';
import { expect, test } from 'vitest';
import { RELAY_STATUS } from '../../status/relay-status.test.fixture.ts';
import { NewestLetters } from './dead-letters.ts';
import { EVERY_MS, History } from './history.ts';
import { Live, type Messages } from './live.ts';

/** A connection that takes what is written only when it is told to. */
class SlowResponse extends EventEmitter {
  readonly written: string[] = [];
  writableLength = 0;
  isEnded = false;
  write(text: string): void {
    this.written.push(text);
    this.writableLength += text.length;
  }
  end(): void {
    this.isEnded = true;
    this.emit('close');
  }
}

function world() {
  const ticks: (() => void)[] = [];
  const sleep = (): Promise<void> => new Promise((resolve) => ticks.push(resolve));
  let made = 0;
  const messages = (): Messages => {
    made += 1;
    return { status: String(made), configuration: '"c"' };
  };
  const live = new Live({ runtime: { sleep }, messages });
  const reader = (): SlowResponse => {
    const response = new SlowResponse();
    // Of a response the stream uses these members alone.
    live.add(response as unknown as ServerResponse, () => true, { history: '"h"' });
    return response;
  };
  const second = async (): Promise<void> => {
    ticks.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { live, reader, second, made: () => made, waits: () => ticks.length };
}

test('a reader that takes nothing holds one message, however long it stands there, and gets the newest when it takes it', async () => {
  const { reader, second } = world();
  const slow = reader();
  const had = slow.written.length;
  for (let n = 0; n < 100; n += 1) await second();
  expect(slow.written).toHaveLength(had);
  slow.writableLength = 0;
  await second();
  expect(slow.written.slice(had)).toEqual(['event: status\ndata: 102\n\n']);
});

test('nothing is made while nobody looks, and what is made is for all readers together', async () => {
  const { reader, second, made, waits } = world();
  const readers = [reader(), reader(), reader()];
  const before = made();
  for (const each of readers) each.writableLength = 0;
  await second();
  expect(made()).toBe(before + 1);
  for (const each of readers) each.end();
  await second();
  expect({ made: made(), waits: waits() }).toEqual({ made: before + 1, waits: 0 });
});

test('the history holds the last hour, and less of it the more sinks there are', () => {
  const lane = RELAY_STATUS.lanes['siem']!;
  const sizes = [1, 10, 100, 400].map((count) => {
    const lanes = Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, lane]));
    const history = new History();
    for (let n = 0; n < 500; n += 1) history.add({ ...RELAY_STATUS, lanes }, { atMs: 0, elapsedMs: n * EVERY_MS });
    expect(history.samples.at(-1)?.elapsedMs).toBe(499 * EVERY_MS);
    return history.samples.length;
  });
  expect(sizes).toEqual([360, 360, 79, 19]);
});

test('a sample says what came in, what went out, and how far behind each sink is', () => {
  const history = new History();
  history.add(RELAY_STATUS, { atMs: 1_790_000_100_000, elapsedMs: 10_000.4 });
  expect(history.samples).toEqual([{ elapsedMs: 10_000, journaled: 40, lanes: { siem: [30, 3, 5_000, 3, 70] } }]);
});

const RAW = JSON.stringify({ actor: { email: 'person@example.com' }, padding: 'x'.repeat(1 << 20) });

function letters(count: number): { readonly relay: Pick<Relay, 'deadLetters'>; read(): number } {
  let read = 0;
  function* deadLetters(lane: string): ReturnType<Relay['deadLetters']> {
    for (let sequence = count; sequence > 0; sequence -= 1) {
      read += 1;
      const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
      const entry = { id: `e${sequence}`, type: 'user.added', timeMs: 1, receivedMs: 2, ...place, raw: RAW };
      yield { lane, sequence, entry, reason: 'no such index', kind: 'rejected', attempts: 1, atMs: 5 };
    }
  }
  return { relay: { deadLetters }, read: () => read };
}

test('dead letters are the newest, within what may be read, once for each change, and without their events', () => {
  const newest = new NewestLetters();
  const { relay, read } = letters(1_000);
  const shown = newest.of(relay, RELAY_STATUS);
  expect(shown['siem']?.[0]).toMatchObject({ id: 'siem/1000', reason: 'no such index', event: { id: 'e1000' } });
  expect(JSON.stringify(shown)).not.toContain('person@example.com');
  expect(read()).toBe(4);
  newest.of(relay, RELAY_STATUS);
  expect(read()).toBe(4);
  newest.of(relay, { ...RELAY_STATUS, journal: { ...RELAY_STATUS.journal, deadLetters: { siem: 3 } } });
  expect(read()).toBe(8);
});

test('a journal that is closed leaves what was known', () => {
  const newest = new NewestLetters();
  const shown = newest.of(letters(2).relay, RELAY_STATUS);
  const closed = {
    deadLetters: (): never => {
      throw new Error('closed');
    },
  };
  expect(newest.of(closed, { ...RELAY_STATUS, lanes: {} })).toBe(shown);
});
