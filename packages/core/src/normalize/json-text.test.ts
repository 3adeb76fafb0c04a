import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact } from './json-text.ts';

describe('text without white space between its tokens', () => {
  test('is what JSON.stringify would write', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, '\t'), (json, space) => {
        const value: unknown = JSON.parse(json);
        expect(compact(JSON.stringify(value, undefined, space))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('comes of a string with millions of escapes, too', () => {
    // Some four million are too many for an expression that has to remember each of them.
    const escapes = '\\n'.repeat(6_000_000);
    expect(compact(`[ "${escapes}" ]`).length).toBe(escapes.length + 4);
  });
});
