/** What is ours says so, in tags or in a description, and nothing else is taken for ours. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mark, marked, markOf, unmarked } from './mark.ts';

const MARK: Mark = { key: 'sign-in-failures', version: 3, digest: '0123456789abcdef' };

const digits = fc.stringMatching(/^[0-9a-f]{16}$/);
const marks: fc.Arbitrary<Mark> = fc.record({
  key: fc.stringMatching(/^[a-z0-9-]{1,60}$/),
  version: fc.integer({ min: 1, max: 9_999 }),
  digest: digits,
});

test.each(['tags', 'description'] as const)(
  'a mark in %s is read as it was written, and taken off without a trace',
  (place) => {
    fc.assert(
      fc.property(
        marks,
        fc.string({ unit: fc.constantFrom('a', '\n', ' ', '[', ']') }),
        fc.array(fc.string()),
        (mark, text, tags) => {
          const body =
            place === 'tags' ? { name: 'a', tags: tags.map((tag) => `x${tag}`) } : { name: 'a', description: text };
          expect(markOf(marked(body, mark, place), place)).toEqual(mark);
          expect(unmarked(marked(body, mark, place), place)).toEqual(body);
        },
      ),
    );
  },
);

test.each([
  { what: 'no tags', body: {} },
  { what: 'tags that are none', body: { tags: null } },
  { what: 'a tag like ours', body: { tags: ['managed_by:audit-relay', 'audit_relay:a/1/abc'] } },
  { what: 'our tag in another', body: { tags: ['x audit_relay:a/1/0123456789abcdef'] } },
  { what: 'a number for a tag', body: { tags: [1] } },
])('$what is no mark', ({ body }) => {
  expect(markOf(body, 'tags')).toBeUndefined();
});

describe('in a description', () => {
  test('text after the mark is somebody’s change, not ours', () => {
    const description = 'Ours.\n\n[audit-relay sign-in-failures/3/0123456789abcdef]';
    expect(markOf({ description }, 'description')).toEqual(MARK);
    expect(markOf({ description: `${description}\nMine.` }, 'description')).toBeUndefined();
  });

  test.each([null, undefined, 7])('%s is no mark', (description) => {
    expect(markOf(description === undefined ? {} : { description }, 'description')).toBeUndefined();
  });
});
