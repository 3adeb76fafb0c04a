import { RelayError, type RelayStatus } from '@audit-relay/core';
import { describe, expect, test } from 'vitest';
import { RELAY_STATUS } from '../status/relay-status.test.fixture.ts';
import { type Followed, follow } from './follow.ts';
import type { BackfillProgress } from './request.ts';

const REQUEST = { source: 'acme', from: 0, to: 1_000, again: false };

/** How it is at one look; every look is half a second after the last. */
interface Moment {
  readonly left: number;
  readonly paused?: BackfillProgress['paused'];
  /** How many the source has; 2 by default. */
  readonly feeds?: 1 | 2;
  readonly journaled?: number;
  /** Entries that a sink has not settled, by its name. */
  readonly behind?: Readonly<Record<string, number>>;
  readonly blocked?: readonly string[];
  readonly stopped?: readonly string[];
  /** What the sinks of `behind` have excluded, by rule. */
  readonly excluded?: Readonly<Record<string, number>>;
}

interface World {
  /** The last one stays. */
  readonly moments: readonly Moment[];
  readonly untilDelivered?: boolean;
  /** A signal comes at this look. */
  readonly stop?: { readonly at: number; readonly reason: Error };
}

interface Seen {
  readonly followed: Followed;
  /** What was shown at each look. */
  readonly shown: readonly string[];
}

/** Follows a request through these moments; nobody waits. */
async function world({ moments, untilDelivered = false, stop }: World): Promise<Seen> {
  const shown: string[] = [];
  const ended = new AbortController();
  let look = 0;
  const moment = (): Moment => moments[Math.min(look, moments.length - 1)] ?? { left: 0 };
  const progress = async (): Promise<BackfillProgress> => progressOf(moment(), look);
  const followed = await follow(
    {
      request: REQUEST,
      untilDelivered,
      relay: { begin: progress, progress, status: async () => statusOf(moment()) },
      runtime: {
        elapsedMs: () => look * 500,
        sleep: async () => {
          look += 1;
          if (look > 1_000) throw new Error('it goes on for ever');
          if (look === stop?.at) ended.abort(stop.reason);
          ended.signal.throwIfAborted();
        },
      },
      display: {
        reading: ({ recent }) => shown.push(`${recent.at(-1)?.progress.leftSeconds} left`),
        delivering: (line) => shown.push(line),
      },
    },
    ended.signal,
  );
  return { followed, shown };
}

function progressOf({ left, paused = {}, feeds = 2 }: Moment, look: number): BackfillProgress {
  const wholeSeconds = (feeds - Object.keys(paused).length) * 1_000;
  return { wholeSeconds, leftSeconds: left, paused, windows: look, events: 100 * look, requests: look, atOnce: 1 };
}

function statusOf({ journaled = 0, behind = {}, blocked = [], stopped = [], excluded = {} }: Moment): RelayStatus {
  const [lane] = Object.values(RELAY_STATUS.lanes);
  const { organization } = RELAY_STATUS.sources['acme']?.feeds ?? {};
  if (lane === undefined || organization === undefined) throw new Error('the fixture has neither lane nor feed');
  const { problem: _, ...well } = { ...lane, excludedByRule: excluded };
  const laneStatuses = Object.keys(behind).map((name) => {
    if (blocked.includes(name)) return [name, { ...lane, health: 'blocked', problem: 'HTTP 401' }];
    if (stopped.includes(name)) return [name, { ...lane, health: 'stopped', problem: 'HTTP 401' }];
    return [name, { ...well, health: 'ok' }];
  });
  const lanes = Object.entries(behind).map(([name, behindEntries]) => [name, { behindEntries }]);
  const acme = { requests: 0, failures: {}, backfillSlots: 1, feeds: { organization: { ...organization, journaled } } };
  const journal = { ...RELAY_STATUS.journal, lanes: Object.fromEntries(lanes) };
  return { ...RELAY_STATUS, sources: { acme }, lanes: Object.fromEntries(laneStatuses), journal };
}

describe('in an agent', () => {
  test('it ends when all is read, with what was read since the request', async () => {
    const { followed, shown } = await world({ moments: [{ left: 1_000 }, { left: 400 }, { left: 0 }] });
    expect(shown).toEqual(['1000 left', '400 left', '0 left']);
    expect(followed).toMatchObject({ outcome: 'read', first: { events: 0 }, last: { events: 200 } });
  });

  test('what sinks exclude while the rest is delivered counts as well', async () => {
    const { followed } = await world({
      untilDelivered: true,
      moments: [
        { left: 0, behind: { siem: 9 }, excluded: { old: 1 } },
        { left: 0, behind: { siem: 9 }, excluded: { old: 3 } },
        { left: 0, behind: { siem: 4 }, excluded: { old: 7 } },
        { left: 0, behind: { siem: 0 }, excluded: { old: 12 } },
      ],
    });
    expect(followed).toMatchObject({ outcome: 'delivered', excluded: { siem: { old: 11 } } });
  });

  test('it says what sinks have excluded since, by the last look', async () => {
    const siem = { siem: 0 };
    const { followed } = await world({
      moments: [
        { left: 9, behind: siem, excluded: { old: 5, dull: 1 } },
        { left: 4, behind: siem, excluded: { old: 7, dull: 1 } },
        { left: 0, behind: siem, excluded: { old: 20, dull: 1, new: 2 } },
      ],
    });
    expect(followed.excluded).toEqual({ siem: { old: 15, new: 2 } });
  });

  const refused: readonly (readonly [paused: BackfillProgress['paused'], feeds: 1 | 2, outcome: string])[] = [
    [{ tenant: 'no tenant' }, 2, 'read'],
    [{ organization: 'no right' }, 2, 'refused'],
    [{ organization: 'no right', tenant: 'no right' }, 2, 'refused'],
    [{ tenant: 'no tenant' }, 1, 'refused'],
  ];
  test.each(refused)('where the API refuses %j of %d feed(s) it is %s', async (paused, feeds, outcome) => {
    const { followed } = await world({ moments: [{ left: 0, paused, feeds }] });
    expect(followed.outcome).toBe(outcome);
  });
});

describe('in this process', () => {
  const delivering = (moments: readonly Moment[]): Promise<Seen> => world({ moments, untilDelivered: true });

  test('it ends when every sink has what was journaled, though more comes in', async () => {
    const { followed, shown } = await delivering([
      { left: 0 },
      { left: 0, journaled: 50, behind: { siem: 1_200, lake: 3 } },
      { left: 0, journaled: 52, behind: { siem: 602, lake: 2 } },
      { left: 0, journaled: 60, behind: { siem: 10, lake: 1 } },
    ]);
    expect(shown).toEqual(['0 left', 'siem has 1,200 to go, lake has 3 to go', 'siem has 600 to go']);
    expect(followed.outcome).toBe('delivered');
  });

  test.each(['blocked', 'stopped'])('it does not wait for ever for a sink that is %s, and names it', async (health) => {
    const { followed, shown } = await delivering([{ left: 0, behind: { siem: 5 }, [health]: ['siem'] }]);
    expect(followed).toMatchObject({ outcome: 'held', troubles: [`sink siem: ${health}: HTTP 401`] });
    expect(shown).toHaveLength(62);
  });

  test('it waits for the others meanwhile', async () => {
    const both = { left: 0, behind: { siem: 5, lake: 5 }, blocked: ['siem'] };
    const { followed, shown } = await delivering([...Array.from({ length: 200 }, () => both), { left: 0 }]);
    expect(followed.outcome).toBe('delivered');
    expect(shown).toHaveLength(200);
  });

  test('it begins its patience anew when the sink has moved', async () => {
    const held = Array.from({ length: 50 }, () => ({ left: 0, behind: { siem: 5 }, blocked: ['siem'] }));
    const { followed } = await delivering([...held, { left: 0, behind: { siem: 4 } }, ...held, { left: 0 }]);
    expect(followed.outcome).toBe('delivered');
  });
});

describe('a signal', () => {
  const stopped = new RelayError('STOPPED', 'stopped by SIGINT');
  test.each([
    { name: 'while it reads', moments: [{ left: 9 }] },
    { name: 'while it delivers', moments: [{ left: 0, behind: { siem: 1 } }] },
  ])('$name ends it with what was seen', async ({ moments }) => {
    const { followed } = await world({ moments, untilDelivered: true, stop: { at: 3, reason: stopped } });
    expect(followed.outcome).toBe('interrupted');
  });

  test('that is none of the user’s is thrown', async () => {
    const reason = new RelayError('JOURNAL_LOST', 'another process has it');
    await expect(world({ moments: [{ left: 9 }], stop: { at: 3, reason } })).rejects.toBe(reason);
  });
});
