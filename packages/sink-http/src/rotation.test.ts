/** Whose turn it is among several addresses. */
import { describe, expect, test } from 'vitest';
import { Rotation } from './rotation.ts';

describe('several addresses', () => {
  function turnsOf(...endpoints: readonly string[]) {
    const time = { elapsedMs: 0 };
    const rotation = new Rotation(endpoints, { elapsedMs: () => time.elapsedMs });
    return { time, rotation, next: () => rotation.next() };
  }

  test('go in turn', () => {
    const { next } = turnsOf('a', 'b', 'c');
    expect([next(), next(), next(), next()]).toEqual(['a', 'b', 'c', 'a']);
  });

  test('one that fails is left alone, for longer each time, and is one of them again once it is well', () => {
    const { time, rotation, next } = turnsOf('a', 'b');
    rotation.note('a', false);
    expect([next(), next()]).toEqual(['b', 'b']);
    time.elapsedMs = 1_000;
    expect([next(), next()]).toEqual(['a', 'b']);
    rotation.note('a', false);
    time.elapsedMs = 2_000;
    expect([next(), next()]).toEqual(['b', 'b']);
    rotation.note('a', true);
    expect([next(), next()]).toEqual(['a', 'b']);
  });

  test('when all fail, the one whose time is over first is next', () => {
    const { rotation, next } = turnsOf('a', 'b');
    rotation.note('b', false);
    rotation.note('a', false);
    rotation.note('a', false);
    expect([next(), next()]).toEqual(['b', 'b']);
  });
});
