/** That reasons say what helps, and never what an event holds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockIn, errorIn, privilegeIn, wordsOf } from './words.ts';

const CANARY = 'canary-in-the-event';

describe('words of an error', () => {
  test.each([
    {
      reason: `failed to parse field [event.id] of type [long] in document with id 'x'. Preview of field's value: '${CANARY}'`,
      words: 'some_exception: the field event.id is no long',
    },
    { reason: `failed to parse field [a b] of type [${CANARY}]`, words: 'some_exception' },
    { reason: `Limit of total fields [${CANARY}] has been exceeded`, words: 'some_exception' },
    { reason: CANARY, words: 'some_exception' },
  ])('$words', ({ reason, words }) => {
    expect(wordsOf({ type: 'some_exception', reason })).toBe(words);
  });

  test('never hold the reason itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const error = { type: 'some_exception', reason: `${before}'${CANARY}'${after}` };
        expect(
          [
            wordsOf(error),
            blockIn({ ...error, type: 'cluster_block_exception' })?.words,
            privilegeIn(error, 'read'),
          ].join(),
        ).not.toContain(CANARY);
      }),
    );
  });
});

describe('the error of an answer', () => {
  test.each([
    {
      name: 'as Elasticsearch has it',
      body: { error: { type: 'parse_exception', reason: 'x' }, status: 400 },
      error: { type: 'parse_exception', reason: 'x' },
    },
    {
      name: 'with a type that is none',
      body: { error: { type: `Bearer ${CANARY}` } },
      error: { type: 'unknown_error', reason: '' },
    },
    { name: 'as a text', body: { error: 'no handler found' }, error: undefined },
    { name: 'of a gateway', body: '<html>', error: undefined },
    { name: 'of nobody', body: undefined, error: undefined },
  ])('$name', ({ body, error }) => {
    expect(errorIn(body)).toEqual(error);
  });
});

test.each([
  { block: 'FORBIDDEN/5/index read-only (api)', words: 'the index is read-only', isLasting: false },
  { block: 'TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark', words: 'flood-stage', isLasting: true },
  { block: 'SERVICE_UNAVAILABLE/2/no master', words: 'block 2', isLasting: false },
])('names the block $block', ({ block, words, isLasting }) => {
  const reason = `index [x] blocked by: [${block}];`;
  expect(blockIn({ type: 'cluster_block_exception', reason })).toEqual({
    words: expect.stringContaining(words),
    isLasting,
  });
  expect(blockIn({ type: 'other_exception', reason })).toBeUndefined();
});
