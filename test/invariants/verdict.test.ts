/** Every kind of broken promise is found: a oracle with one thing wrong, and the complaint about it. */
import { expect, test } from 'vitest';
import type { Checkpoint, Entry } from './core.ts';
import { Oracle } from './oracle.ts';
import { complaints, type Demands, judge } from './verdict.ts';

const START = 1_000;
const somebody = { isAlive: true, step: () => undefined, orNever: <T>(work: Promise<T>): Promise<T> => work };

/** One event that was on time and is journaled by commit 1, which calls its second read. */
function world(): { readonly oracle: Oracle; readonly demands: Demands } {
  const oracle = new Oracle();
  oracle.written.push({ entry: entryOf('e1', 1_500), commit: 1 });
  oracle.claims.push({ feed: 'organization', span: { from: 1_400, to: 1_600 }, commit: 1, shownMs: 1_700_000 });
  oracle.checkpoints.set('organization', checkpointFrom(START));
  oracle.beginnings.set('organization', { begunMs: START * 1000, settledMs: START * 1000 + 500, by: somebody });
  const truth = [{ id: 'e1', feed: 'organization' as const, effectiveAt: 1_500, visibleAtMs: 1_500_000 }];
  const demands = {
    sweepS: 3_600,
    skewMs: 0,
    bornMs: 0,
    hiddenUntilMs: { organization: 0, tenant: 0 },
    startS: undefined,
    isStartToldLater: false,
    hostClockSets: [],
    wrongDates: [],
  };
  return { oracle, demands: { ...demands, truth } };
}

function entryOf(id: string, seconds: number): Entry {
  const given = { id, type: 'login.succeeded', timeMs: seconds * 1000, receivedMs: 0, raw: '{}' };
  return { ...given, source: 'acme', feed: 'organization', dialect: 'audit_logs' };
}

function checkpointFrom(startSeconds: number): Checkpoint {
  return { version: 1, startSeconds, startProvisional: false, done: [], passes: {} };
}

function found({ oracle, demands }: ReturnType<typeof world>): readonly string[] {
  return complaints(judge(oracle, demands));
}

test('nothing is wrong with what is right', () => {
  expect(found(world())).toEqual([]);
});

const row = { id: 'e2', feed: 'organization' as const, effectiveAt: 1_550, visibleAtMs: 1_550_000 };

test.each<{ name: string; spoil: (world: { oracle: Oracle; demands: Demands }) => Demands; complaint: string }>([
  {
    name: 'an event that is not there',
    spoil: ({ demands }) => ({ ...demands, truth: [...demands.truth, { ...row, visibleAtMs: 1_800_000 }] }),
    complaint: '1 lost: e2',
  },
  {
    name: 'an event that is there twice',
    spoil: ({ oracle, demands }) => {
      oracle.written.push({ entry: entryOf('e1', 1_500), commit: 2 });
      return demands;
    },
    complaint: '1 doubled: e1',
  },
  {
    name: 'an event from before the start',
    spoil: ({ oracle, demands }) => {
      oracle.written.push({ entry: entryOf('e2', 900), commit: 2 });
      return { ...demands, truth: [...demands.truth, { ...row, effectiveAt: 900 }] };
    },
    complaint: '1 journaled unasked: e2',
  },
  {
    name: 'an event that came after its second was called read',
    spoil: ({ oracle, demands }) => {
      oracle.written.push({ entry: entryOf('e2', 1_550), commit: 2 });
      return { ...demands, truth: [...demands.truth, row] };
    },
    complaint: 'commit 1 calls 1400..1600 of organization read without e2 of 1550',
  },
  {
    name: 'a start that is late',
    spoil: ({ oracle, demands }) => {
      oracle.checkpoints.set('organization', checkpointFrom(START + 1));
      return demands;
    },
    complaint: 'organization starts at 1001, though it began at 1000',
  },
  {
    name: 'a start that is early, though nobody could be wrong about it',
    spoil: ({ oracle, demands }) => {
      oracle.checkpoints.set('organization', checkpointFrom(START - 60));
      return demands;
    },
    complaint: 'organization starts at 940, though it began at 1000',
  },
  {
    name: 'a start that is not the one that was asked for',
    spoil: ({ demands }) => ({ ...demands, startS: 500 }),
    complaint: 'organization starts at 1000, not at 500',
  },
  {
    name: 'a start that is later than the one that was told later',
    spoil: ({ demands }) => ({ ...demands, startS: 500, isStartToldLater: true }),
    complaint: 'organization starts at 1000, not at 500',
  },
  {
    name: 'a start of its own that is early, beside one that was told later',
    spoil: ({ oracle, demands }) => {
      oracle.checkpoints.set('organization', checkpointFrom(START - 60));
      return { ...demands, startS: 2_000, isStartToldLater: true };
    },
    complaint: 'organization starts at 940, though it began at 1000',
  },
])('$name is found', ({ spoil, complaint }) => {
  const spoilt = world();
  expect(found({ ...spoilt, demands: spoil(spoilt) })).toEqual([complaint]);
});

test('a start of its own stays where it is when a later one is told', () => {
  const { oracle, demands } = world();
  expect(found({ oracle, demands: { ...demands, startS: 2_000, isStartToldLater: true } })).toEqual([]);
});

test('an event that became visible later than the sweep looks back is listed and not demanded', () => {
  const { oracle, demands } = world();
  const late = { ...row, visibleAtMs: (row.effectiveAt + demands.sweepS + 1) * 1000 };
  const verdict = judge(oracle, { ...demands, truth: [...demands.truth, late] });
  expect(verdict).toMatchObject({ demanded: 1, lost: [], late: { events: 1, found: 0 } });
});
