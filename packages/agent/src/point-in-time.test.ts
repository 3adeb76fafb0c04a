import { describe, expect, test } from 'vitest';
import { lengthText, parsePoint } from './point-in-time.ts';

const NOW = Date.parse('2026-11-22T12:00:00.700Z');

describe('a point in time', () => {
  const cases: readonly (readonly [text: string, point: string | undefined])[] = [
    ['2026-01-01', '2026-01-01T00:00:00Z'],
    ['2026-01-01T10:00:00Z', '2026-01-01T10:00:00Z'],
    ['2026-01-01T10:00:00.999Z', '2026-01-01T10:00:00Z'],
    ['2026-01-01T10:00:00+02:00', '2026-01-01T08:00:00Z'],
    ['90d', '2026-08-24T12:00:00Z'],
    ['1.5h', '2026-11-22T10:30:00Z'],
    ['2026-01-01T10:00:00', undefined],
    ['2026-02-30', undefined],
    ['01/02/2026', undefined],
    ['yesterday', undefined],
    ['-90d', undefined],
    ['1767225600', undefined],
    ['', undefined],
  ];
  test.each(cases)('%j is %s', (text, point) => {
    expect(parsePoint(text, NOW)).toBe(point === undefined ? undefined : Date.parse(point) / 1_000);
  });
});

describe('a length', () => {
  const cases: readonly (readonly [seconds: number, text: string])[] = [
    [0, '1 s'],
    [0.4, '1 s'],
    [9.2, '10 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [599.5, '10 min'],
    [601, '11 min'],
    [3_600, '1 h'],
    [3_661, '1 h 2 min'],
    [35_999, '10 h'],
    [86_400, '1 d'],
    [90_001, '1 d 2 h'],
    [86_400 * 90, '90 d'],
  ];
  test.each(cases)('of %d seconds is %s', (seconds, text) => {
    expect(lengthText(seconds)).toBe(text);
  });
});
