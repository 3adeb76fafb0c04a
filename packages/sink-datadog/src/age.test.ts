/** Which date an event goes out with, or that it does not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isKept, judge } from './age.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const POLICIES = ['exclude', 'restamp', 'dead_letter'] as const;

/** Minutes before now, and minutes from the event to its receipt. */
const at = (minutes: number, lag: number) => ({
  timeMs: NOW_MS - minutes * MINUTE_MS,
  receivedMs: NOW_MS - (minutes - lag) * MINUTE_MS,
});

describe.each(POLICIES)('old_events: %s', (policy) => {
  test.each([
    { name: 'fresh', minutes: 0, lag: 0 },
    { name: '17 h 30 min old', minutes: 1_050, lag: 0 },
    { name: '17 h 30 min old and received just now', minutes: 1_050, lag: 1_050 },
    { name: '1 h 30 min ahead', minutes: -90, lag: 0 },
  ])('$name: sent with its own date', ({ minutes, lag }) => {
    const event = at(minutes, lag);
    const expected = { kind: 'send', stamp: { atMs: event.timeMs }, isRestamped: false };
    expect(judge(event, { policy, nowMs: NOW_MS })).toEqual(expected);
  });

  test.each([
    { name: 'a minute more than 17 h 30 min old, received at once', minutes: 1_051, lag: 0, tag: 'late:true' },
    { name: 'two weeks old, received at once', minutes: 20_160, lag: 1, tag: 'late:true' },
    { name: 'received after 18 h to the minute', minutes: 1_090, lag: 1_080, tag: 'late:true' },
    { name: 'more than 1 h 30 min ahead', minutes: -91, lag: 0, tag: 'ahead:true' },
  ])('$name: sent with the time of sending', ({ minutes, lag, tag }) => {
    const expected = { kind: 'send', stamp: { atMs: NOW_MS, tag }, isRestamped: true };
    expect(judge(at(minutes, lag), { policy, nowMs: NOW_MS })).toEqual(expected);
  });

  test.each([
    { name: 'received a minute after 18 h', minutes: 1_090, lag: 1_081 },
    { name: 'a year old when received', minutes: 525_600, lag: 525_600 },
  ])('$name: as the key says', ({ minutes, lag }) => {
    const restamped = { kind: 'send', stamp: { atMs: NOW_MS, tag: 'late:true' }, isRestamped: true };
    const expected = policy === 'restamp' ? restamped : { kind: 'old', policy };
    expect(judge(at(minutes, lag), { policy, nowMs: NOW_MS })).toEqual(expected);
  });
});

const minutes = fc.integer({ min: -2_000, max: 600_000 });
const skew = fc.integer({ min: -30, max: 30 });
const policyOf = fc.constantFrom(...POLICIES);

test('whatever is sent is kept by an intake whose clock differs by up to half an hour', () => {
  fc.assert(
    fc.property(fc.record({ age: minutes, lag: minutes, policy: policyOf, skew }), ({ age, lag, ...rest }) => {
      const judged = judge(at(age, lag), { policy: rest.policy, nowMs: NOW_MS });
      if (judged.kind === 'send') expect(isKept(judged.stamp.atMs, NOW_MS + rest.skew * MINUTE_MS)).toBe(true);
    }),
  );
});

test('an event that was received within 18 h is sent, however long it has waited since', () => {
  const lags = fc.integer({ min: 0, max: 1_080 });
  fc.assert(
    fc.property(lags, fc.nat(1e6), policyOf, (lag, waited, policy) => {
      expect(judge(at(lag + waited, lag), { policy, nowMs: NOW_MS }).kind).toBe('send');
    }),
  );
});

test('a date that was changed is told by a tag, and no other is', () => {
  fc.assert(
    fc.property(minutes, minutes, policyOf, (age, lag, policy) => {
      const event = at(age, lag);
      const judged = judge(event, { policy, nowMs: NOW_MS });
      if (judged.kind === 'send') expect(judged.stamp.tag === undefined).toBe(judged.stamp.atMs === event.timeMs);
    }),
  );
});

test.each([
  { hours: 18, kept: true },
  { hours: 18.001, kept: false },
  { hours: -2, kept: true },
  { hours: -2.001, kept: false },
])('the intake keeps what is $hours h old: $kept', ({ hours, kept }) => {
  expect(isKept(NOW_MS - hours * HOUR_MS, NOW_MS)).toBe(kept);
});
