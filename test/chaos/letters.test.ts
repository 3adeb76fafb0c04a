/** What the verdict says of dead letters: by id, what became of them by request, and the counts of it. */
import { expect, test } from 'vitest';
import { type Letters, wrongLetters } from './letters.ts';
import type { AskedDrop } from './requests.ts';

interface Given {
  readonly refused?: readonly string[];
  readonly held?: readonly string[];
  readonly letters?: readonly string[];
  readonly isHealed?: boolean;
  readonly retried?: number;
  readonly dropped?: number;
  readonly drops?: readonly Omit<AskedDrop, 'sink'>[];
  readonly isRetryAsked?: boolean;
  readonly excused?: readonly string[];
}

function given(options: Given): Letters {
  const { refused = ['a', 'b'], held = [], letters = [], isHealed = false, excused = [] } = options;
  const { retried = 0, dropped = 0, drops = [], isRetryAsked = false } = options;
  const of = <T>(kafka: T, other: T) => ({ elastic: other, splunk: other, datadog: other, kafka });
  const requests = {
    drops: drops.map((drop) => ({ ...drop, sink: 'kafka' })),
    retried: new Set(isRetryAsked ? ['kafka'] : []),
  };
  const world = { isSpoiled: false, requests, parts: { made: { isHealed: () => isHealed } } };
  return {
    // Of the world no more is looked at.
    world: world as unknown as Letters['world'],
    account: { letters: of(letters, []), retried: of(retried, 0), dropped: of(dropped, 0) },
    held: new Set(held),
    refused,
    isExcused: (id) => excused.includes(id),
  };
}

test.each<{ what: string; of: Given }>([
  { what: 'all that is refused is there', of: { letters: ['a', 'b'] } },
  { what: 'one that a filter left out', of: { letters: ['a'], excused: ['b'] } },
  { what: 'one that was dropped', of: { letters: ['a'], drops: [{ ids: ['b'], changed: 1 }], dropped: 1 } },
  {
    what: 'a drop whose answer was lost, and which was done',
    of: { letters: ['a'], drops: [{ ids: ['b'], changed: undefined }], dropped: 1 },
  },
  {
    what: 'a drop whose answer was lost, and which was not',
    of: { letters: ['a', 'b'], drops: [{ ids: ['b'], changed: undefined }] },
  },
  {
    what: 'went again once its peer was healed',
    of: { held: ['a', 'b'], isHealed: true, isRetryAsked: true, retried: 2 },
  },
  { what: 'taken at first, as its peer was healed before', of: { held: ['a', 'b'], isHealed: true } },
])('nothing is wrong: $what', ({ of }) => {
  expect(wrongLetters('kafka', given(of))).toEqual([]);
});

test.each<{ what: string; of: Given; says: string }>([
  { what: 'nothing refused it', of: { letters: ['a', 'b', 'c'] }, says: 'c is a dead letter, which nothing refused' },
  { what: 'it is nowhere', of: { letters: ['a'] }, says: 'b was refused and is no dead letter' },
  { what: 'it is nowhere though its peer was healed', of: { letters: ['a'], isHealed: true }, says: 'b was refused' },
  { what: 'twice', of: { letters: ['a', 'a', 'b'] }, says: 'twice' },
  { what: 'held', of: { letters: ['a', 'b'], held: ['a'] }, says: 'a is held' },
  { what: 'dropped, and nobody asked', of: { letters: ['a', 'b'], dropped: 1 }, says: '1 count as dropped, of 0 to 0' },
  {
    what: 'a drop that was taken and is not counted',
    of: { letters: ['a'], drops: [{ ids: ['b'], changed: 1 }] },
    says: '0 count as dropped, of 1 to 1',
  },
  {
    what: 'gone again, and nobody asked',
    of: { held: ['a', 'b'], isHealed: true, retried: 2 },
    says: '2 dead letters count as gone again, and 0 may have',
  },
  {
    what: 'more gone again than arrived',
    of: { letters: ['b'], held: ['a'], isHealed: true, isRetryAsked: true, retried: 2 },
    says: '2 dead letters count as gone again, and 1 may have',
  },
])('$what is found', ({ of, says }) => {
  expect(wrongLetters('kafka', given(of)).join('\n')).toContain(says);
});
