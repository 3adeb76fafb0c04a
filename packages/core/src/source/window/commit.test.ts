/** Which of the events that were read are journaled, where neither what is done nor the ids that are held would know them again. */
import { expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import type { Checkpoint } from '../../journal/checkpoint.ts';
import type { FeedJournal, FeedProgress } from '../feed-journal.ts';
import { newTally } from '../health/tally.ts';
import { WindowCommits, type WindowRead } from './commit.ts';
import type { Item } from './record.ts';

const DAY = 86_400;
const NOW = 1_767_225_600;

/** What is journaled of events at these seconds, and how far the feed then is; `undefined` is an event without a time. */
async function committedOf(
  seconds: readonly (number | undefined)[],
  { checkpoint, read }: { readonly checkpoint: Partial<Checkpoint>; readonly read: Partial<WindowRead> },
): Promise<{ readonly taken: readonly number[]; readonly advanced: Checkpoint }> {
  const known: Checkpoint = {
    version: 1,
    startSeconds: NOW - 4 * DAY,
    startProvisional: false,
    done: [],
    passes: {},
    ...checkpoint,
  };
  let committed: readonly Entry[] = [];
  let advanced = known;
  const journal: Pick<FeedJournal, 'checkpoint' | 'commit'> = {
    checkpoint: known,
    commit: async ({ advance, entries }: FeedProgress) => {
      committed = entries;
      advanced = advance(known);
      return { journaled: entries, duplicates: 0, malformedRecords: [] };
    },
  };
  const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const items = seconds.map((second, index): Item => {
    const guessed = second === undefined ? { timeGuessed: true as const } : {};
    const timeMs = (second ?? NOW) * 1000;
    const entry = { id: `e${index}`, type: 't', timeMs, ...guessed, receivedMs: NOW * 1000, ...provenance, raw: '{}' };
    return { kind: 'entry', entry };
  });
  const commits = new WindowCommits({
    provenance,
    runtime: {
      now: () => NOW * 1000,
      elapsedMs: () => 0,
      sleep: async () => undefined,
      random: () => 0,
      log: () => undefined,
    },
    // What the commits need of their parts.
    journal: journal as FeedJournal,
    tally: newTally(),
    widths: { overlap: 1800, sweep: DAY },
    conditions: { met: () => undefined, setAside: () => undefined } as unknown as ConstructorParameters<
      typeof WindowCommits
    >[0]['conditions'],
    clock: { sawEvent: () => undefined },
    onJournaled: () => undefined,
  });
  const window = { from: NOW - 4 * DAY, to: NOW };
  const whole = { window, items, serverSeconds: NOW - 2 * DAY, isWhole: true, again: false, ...read };
  await commits.commit(whole, new AbortController().signal);
  return { taken: committed.map(({ id }) => Number(id.slice(1))), advanced };
}

const BEFORE = NOW - 3 * DAY;
const AFTER = NOW - 2 * DAY;

test.each<{
  name: string;
  checkpoint?: Partial<Checkpoint>;
  read?: Partial<WindowRead>;
  events?: readonly (number | undefined)[];
  taken: readonly number[];
}>([
  { name: 'by a Date far behind, what lies past it is left for later', taken: [0] },
  { name: 'also the second that is still filling', events: [AFTER - 2, AFTER - 1], taken: [0] },
  { name: 'where ids are held, all is taken', checkpoint: { idsNeededFrom: BEFORE }, taken: [0, 1] },
  { name: 'where no ids were ever forgotten, too', checkpoint: {}, taken: [0, 1] },
  {
    name: 'what is half read is held as well',
    checkpoint: { idsNeededFrom: NOW - DAY, halfRead: [{ from: BEFORE, to: NOW }] },
    taken: [0, 1],
  },
  {
    name: 'what is half read elsewhere says nothing of it',
    checkpoint: { idsNeededFrom: NOW - DAY, halfRead: [{ from: BEFORE - 10, to: BEFORE }] },
    taken: [0],
  },
  {
    name: 'in a part of a window it is the same',
    checkpoint: { idsNeededFrom: NOW - DAY, halfRead: [{ from: BEFORE, to: AFTER - 1 }] },
    read: { isWhole: false },
    taken: [0],
  },
  {
    name: 'what the server’s time has passed is taken, and then it is done',
    read: { serverSeconds: NOW },
    taken: [0, 1],
  },
  { name: 'what somebody wants once more is taken', read: { again: true }, taken: [0, 1] },
  {
    name: 'what a server lists beside a window that is wanted once more is not',
    checkpoint: {},
    read: { again: true, window: { from: BEFORE, to: BEFORE + 1 } },
    events: [BEFORE, AFTER, BEFORE - 1, undefined],
    taken: [0, 3],
  },
  { name: 'where one without a time stands nobody knows', events: [BEFORE, undefined], taken: [0, 1] },
])(
  '$name',
  async ({ checkpoint = { idsNeededFrom: NOW - DAY }, read = {}, events = [BEFORE, AFTER + 60], ...rest }) => {
    const { taken } = await committedOf(events, { checkpoint, read });
    expect(taken).toEqual(rest.taken);
  },
);

test('a window of which a part is journaled is not done: it is half read, so that its ids are held until the rest is', async () => {
  const window = { from: BEFORE, to: AFTER };
  const read = { window, serverSeconds: NOW };
  const part = await committedOf([BEFORE], { checkpoint: {}, read: { ...read, isWhole: false } });
  expect(part.taken).toEqual([0]);
  expect(part.advanced).toMatchObject({ done: [], halfRead: [window] });
  const whole = await committedOf([BEFORE], { checkpoint: { halfRead: [window] }, read });
  expect(whole.advanced.done).toEqual([window]);
  expect(whole.advanced.halfRead).toBeUndefined();
});
