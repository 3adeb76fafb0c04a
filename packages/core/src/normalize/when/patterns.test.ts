import { EvaluationError } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { MAX_BUILT, MAX_STEPS, Patterns } from './patterns.ts';

/** The code of what was thrown, or the answer. */
function outcome(ask: () => boolean): boolean | string {
  try {
    return ask();
  } catch (error) {
    if (error instanceof EvaluationError) return error.code;
    throw error;
  }
}

/** An expression's patterns, with these in it. */
function patternsOf(...written: readonly string[]): Patterns {
  const patterns = new Patterns();
  for (const pattern of written) expect(patterns.add(pattern)).toBeUndefined();
  return patterns;
}

describe('what one pattern and one text may cost', () => {
  // Two hundred positions to be kept apart: no automaton of reasonable size does it, so each step is taken.
  const slow = 'a[ab]{200}c';
  const instructions = 204;
  const longest = Math.floor(MAX_STEPS / instructions);

  test('a text at the bound is judged', () => {
    expect(outcome(() => patternsOf(slow).fit('b'.repeat(longest), slow))).toBe(false);
  });

  test('a longer one is not', () => {
    expect(outcome(() => patternsOf(slow).fit('b'.repeat(longest + 1), slow))).toBe('text_too_long');
  });
});

describe('a pattern that is built at run time', () => {
  const cases: readonly [name: string, pattern: string, outcome: boolean | string][] = [
    ['may be a short one', '^lo.in$', true],
    ['may have as many characters as this', `login${'|x'.repeat((MAX_BUILT - 5) / 2)}`, true],
    ['may not have more', 'l'.repeat(MAX_BUILT + 1), 'pattern_too_long'],
    ['may not count repetitions', 'lo.{1,2}in', 'pattern_too_long'],
    ['has to be one', '(', 'pattern_invalid'],
    ['has to be one of RE2', '(?!x)', 'pattern_invalid'],
  ];
  test.each(cases)('%s', (_, pattern, expected) => {
    expect(outcome(() => new Patterns().fit('login', pattern))).toBe(expected);
  });

  test('is compiled again after a hundred others, with the same answer', () => {
    const patterns = new Patterns();
    const answers = Array.from({ length: 250 }, (_, index) => patterns.fit(`x${index % 125}`, `^x${index % 125}$`));
    expect(answers).toEqual(Array.from({ length: 250 }, () => true));
  });

  test('is not bound where it stands in the expression', () => {
    const long = `(x{3}|${'y'.repeat(500)})`;
    expect(outcome(() => patternsOf(long).fit('xxx', long))).toBe(true);
  });
});
