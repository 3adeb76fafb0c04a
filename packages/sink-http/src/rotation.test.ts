/** Whose turn it is among several addresses. */
import { describe, expect, test } from 'vitest';
import { Rotation } from './rotation.ts';

describe('several addresses', () => {
  function turnsOf(...endpoints: readonly string[]) {
    const time = { elapsedMs: 0 };
    const rotation = new Rotation(endpoints, { elapsedMs: () => time.elapsedMs });
    /** The next, which is well or not at once, or is not known yet. */
    const next = (isWell?: boolean): string => {
      const turn = rotation.next();
      if (isWell !== undefined) turn.note(isWell);
      return turn.endpoint;
    };
    return { time, rotation, next };
  }

  test('go in turn', () => {
    const { next } = turnsOf('a', 'b', 'c');
    expect([next(), next(), next(), next()]).toEqual(['a', 'b', 'c', 'a']);
  });

  test('one that fails is left alone, for longer each time, and is one of them again once it is well', () => {
    const { time, next } = turnsOf('a', 'b');
    expect([next(false), next(), next()]).toEqual(['a', 'b', 'b']);
    time.elapsedMs = 1_000;
    expect([next(false), next(), next()]).toEqual(['a', 'b', 'b']);
    time.elapsedMs = 2_000;
    expect([next(), next()]).toEqual(['b', 'b']);
    time.elapsedMs = 3_000;
    expect([next(true), next(), next()]).toEqual(['a', 'b', 'a']);
  });

  test('when all fail, the one whose time is over first is next', () => {
    const { next } = turnsOf('a', 'b');
    expect([next(false), next(false)]).toEqual(['a', 'b']);
    expect([next(false), next(false), next()]).toEqual(['a', 'b', 'a']);
  });

  test('failures of requests that were on their way together count as one', () => {
    const { time, rotation, next } = turnsOf('a', 'b');
    const turns = Array.from({ length: 16 }, () => rotation.next());
    const ofA = turns.filter(({ endpoint }) => endpoint === 'a');
    for (const turn of ofA) turn.note(false);
    time.elapsedMs = 1_000;
    // A second failure in a row: two seconds, and not the 128 of an eighth.
    expect(next()).toBe('a');
    time.elapsedMs = 1_000;
    expect(rotation.next().endpoint).toBe('b');
    rotation.next().note(false);
    time.elapsedMs = 2_999;
    expect([next(), next()]).toEqual(['b', 'b']);
    time.elapsedMs = 3_000;
    expect(next()).toBe('a');
  });

  test('one that was on its way before the address came back does not take it away again', () => {
    const { rotation, next } = turnsOf('a', 'b');
    const [first, , second, , third] = Array.from({ length: 6 }, () => rotation.next());
    first?.note(false);
    second?.note(true);
    third?.note(false);
    expect([next(), next()]).toEqual(['a', 'b']);
  });
});
