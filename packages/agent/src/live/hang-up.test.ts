import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { hangUps } from './hang-up.ts';

/** What came of signals, of a process whose terminal is there at first, and at the signals. */
function world(atFirst: boolean, later: boolean) {
  const events = new EventEmitter();
  const done: string[] = [];
  let asked = 0;
  const hung = hangUps({ events, stop: () => done.push('stop') }, () => (asked++ === 0 ? atFirst : later));
  return { hung, done, signal: () => events.emit('SIGHUP'), take: () => hung.take(() => done.push('reload')) };
}

test.each([
  ['without a terminal, as of a service, it is the word to read again', false, false, 'reload'],
  ['on a terminal that is there it is too', true, true, 'reload'],
  ['of a terminal that is gone it is the end', true, false, 'stop'],
])('%s', (_name, atFirst, ...[later, outcome]) => {
  const { signal, take, done } = world(atFirst, later);
  take();
  signal();
  expect(done).toEqual([outcome]);
});

test('signals during a long start are taken once it is over, together', () => {
  const { signal, take, done } = world(false, false);
  signal();
  signal();
  expect(done).toEqual([]);
  take();
  expect(done).toEqual(['reload']);
});

test('signals while the agent is opened anew are kept for the one that comes, and not told to the one that is gone', () => {
  const { hung, signal, done } = world(false, false);
  hung.take(() => done.push('gone'));
  hung.keep();
  signal();
  expect(done).toEqual([]);
  hung.take(() => done.push('reload'));
  expect(done).toEqual(['reload']);
});

test('during a drain it does nothing, and does not end the process', () => {
  const { hung, signal, take, done } = world(false, false);
  take();
  hung.close();
  expect(signal()).toBe(true);
  expect(done).toEqual([]);
});
