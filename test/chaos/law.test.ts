/** What the verdict says of the law's figures: each wrong one is found, also where the five add up. */
import { expect, test } from 'vitest';
import { type Law, type Own, wrongLaw } from './law.ts';

const LAW: Law = { journaled: 100, acked: 97, deadLettered: 3, excluded: {}, held: 0 };
const OWN: Own = { entries: 100, dead: 3, held: 97, mayExclude: {} };
const FILTERED: Own = { ...OWN, mayExclude: { when: 10 } };

test.each<{ what: string; law: Law; own: Own }>([
  { what: 'all delivered', law: LAW, own: OWN },
  { what: 'a filter that left some out', law: { ...LAW, acked: 90, excluded: { when: 7 } }, own: FILTERED },
  { what: 'a filter that left all out that it may', law: { ...LAW, acked: 87, excluded: { when: 10 } }, own: FILTERED },
  { what: 'a filter of a later life', law: LAW, own: FILTERED },
  { what: 'a new journal beside a peer that has more', law: LAW, own: { ...OWN, held: 120 } },
])('nothing is wrong with $what', ({ law, own }) => {
  expect(wrongLaw(law, own)).toEqual([]);
});

test.each<{ what: string; law: Law | undefined; own: Own; says: string }>([
  { what: 'no law', law: undefined, own: OWN, says: 'no law' },
  { what: 'a sum that is not', law: { ...LAW, acked: 96 }, own: OWN, says: 'the law is broken' },
  { what: 'an entry that nobody counted', law: LAW, own: { ...OWN, entries: 101 }, says: '101 entries' },
  { what: 'something held', law: { ...LAW, acked: 96, held: 1 }, own: OWN, says: 'held after all' },
  { what: 'something gone', law: { ...LAW, gone: 1 }, own: OWN, says: 'left without' },
  { what: 'something unreadable', law: { ...LAW, unreadable: 1 }, own: OWN, says: 'left without' },
  {
    what: 'a dead letter counted as acked',
    law: { ...LAW, acked: 98, deadLettered: 2 },
    own: OWN,
    says: '3 dead letters',
  },
  {
    what: 'an ack counted as excluded, where nothing may be',
    law: { ...LAW, acked: 96, excluded: { when: 1 } },
    own: OWN,
    says: 'when may leave out 0',
  },
  {
    what: 'more excluded than there are of that type',
    law: { ...LAW, acked: 86, excluded: { when: 11 } },
    own: FILTERED,
    says: 'when may leave out 10',
  },
  {
    what: 'a rule that the sink does not have',
    law: { ...LAW, acked: 96, excluded: { old_events: 1 } },
    own: FILTERED,
    says: 'old_events may leave out 0',
  },
  {
    what: 'fewer acked than journaled, where the five do not tell',
    law: { ...LAW, acked: 95, deadLettered: 3, held: 2 },
    own: OWN,
    says: '97 were to be acked',
  },
  { what: 'an ack of what the peer has not', law: LAW, own: { ...OWN, held: 96 }, says: 'the peer holds 96' },
])('$what is found', ({ law, own, says }) => {
  expect(wrongLaw(law, own).join('\n')).toContain(says);
});
