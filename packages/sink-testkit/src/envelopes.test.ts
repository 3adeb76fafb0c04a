/** The made-up events: what a sink gets from the kit must itself keep to the contract. */
import { expect, test } from 'vitest';
import { batchOf, EVENT_CANARY, envelopes, NOW_MS } from './envelopes.ts';

test('envelopes are in order of time, before the clock, with ids that can be counted', () => {
  const list = envelopes(3);
  expect(list.map(({ id }) => id)).toEqual(['audit_log-0', 'audit_log-1', 'audit_log-2']);
  expect(list.map(({ timeMs }) => timeMs)).toEqual(list.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b));
  expect(list.every(({ timeMs, receivedMs }) => timeMs < receivedMs && receivedMs < NOW_MS)).toBe(true);
});

test.for([512, 1_000, 70_000])('a document has as many UTF-8 bytes as asked: %i', (bytes) => {
  const [envelope] = envelopes(1, { bytes, message: 'é😀' });
  expect(envelope?.bytes).toBe(bytes);
  expect(Buffer.byteLength(envelope?.json ?? '')).toBe(bytes);
});

test('a document cannot be smaller than it is', () => {
  expect(() => envelopes(1, { bytes: 10 })).toThrow(RangeError);
});

test('every document is one line and holds the canary', () => {
  for (const { json } of envelopes(2, { message: 'two\nlines' })) {
    expect(json).not.toContain('\n');
    expect(json).toContain(EVENT_CANARY);
  }
});

test('a batch counts its bytes and cannot be changed', () => {
  const list = envelopes(2, { bytes: 600 });
  const batch = batchOf(list, true);
  expect(batch).toMatchObject({ bytes: 1_200, replay: true });
  const parts = [batch, batch.envelopes, ...list, ...list.flatMap(({ facts }) => [facts, facts.actor, facts.target])];
  expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([]);
});
