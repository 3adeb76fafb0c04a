/** What a replay says before, meanwhile and at the end, without a process. */
import type { RelayStatus, SinkOptions } from '@audit-relay/core';
import { RelayError } from '@audit-relay/core';
import { describe, expect, test } from 'vitest';
import { RELAY_STATUS } from '../status/relay-status.test.fixture.ts';
import { type FollowedReplay, followReplay, type ReplayProgress, replayLine } from './follow.ts';
import { countsText, type Known, replayPlanOf, replayPlanText } from './plan.ts';
import { endingText, reportOf } from './report.ts';
import { checkedRequest, overwriteRefusal, type Wanted } from './request.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const HOUR = 3_600;
const REQUEST = { sink: 'siem', fromMs: NOW - 10 * HOUR * 1_000, toMs: NOW - 5 * HOUR * 1_000, overwrite: false };

describe('a request', () => {
  // Nothing else of a sink is asked here.
  const sinks = { siem: {} as SinkOptions, siam: {} as SinkOptions };
  const wanted = (change: Partial<Wanted>): Wanted => ({ sink: 'siem', from: '2h', overwrite: false, ...change });

  test('is of whole seconds, its end by default just after now', () => {
    const request = checkedRequest(wanted({}), sinks, NOW + 7);
    expect(request).toEqual({ sink: 'siem', fromMs: NOW - 2 * HOUR * 1_000, toMs: NOW + 1_000, overwrite: false });
    expect(checkedRequest(wanted({ to: '2026-03-10', from: '2026-03-09', overwrite: true }), sinks, NOW)).toEqual({
      sink: 'siem',
      fromMs: Date.UTC(2026, 2, 9),
      toMs: Date.UTC(2026, 2, 10),
      overwrite: true,
    });
  });

  test.each([
    [{ sink: 'sien' }, 'no sink sien; did you mean siem?'],
    [{ sink: 'toString' }, 'no sink toString'],
    [{ from: 'noon' }, '--from noon is no time'],
    [{ to: 'noon' }, '--to noon is no time'],
    [{ from: '1h', to: '1h' }, '--from must lie before --to'],
  ])('is refused: %j', (change, words) => {
    expect(checkedRequest(wanted(change), sinks, NOW)).toEqual(expect.stringContaining(words));
  });

  test('overwrites where the plugin has nothing against it, by its configuration', () => {
    const sink = (plugin: object): SinkOptions => ({ plugin: { type: 'x', ...plugin }, config: 'c' }) as SinkOptions;
    expect(overwriteRefusal(sink({}))).toBe('a x sink replaces no event');
    expect(overwriteRefusal(sink({ overwriteRefusal: (config: string) => `not by ${config}` }))).toBe('not by c');
    expect(overwriteRefusal(sink({ overwriteRefusal: () => undefined }))).toBeUndefined();
  });
});

describe('what the journal does not hold is said', () => {
  const seconds = NOW / 1_000;
  const done = [{ from: seconds - 100 * HOUR, to: seconds }];
  const checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done, passes: {} } as const;
  const known: Known = {
    sources: { acme: {} } as unknown as Known['sources'],
    held: { left: 0, heldSinceMs: NOW - 8 * HOUR * 1_000 },
    checkpoints: { acme: { organization: checkpoint } },
    liveSeconds: 300,
    nowMs: NOW,
    isFile: false,
    couldOverwrite: false,
  };
  const said = (change: Partial<Known>): string => replayPlanText(replayPlanOf(REQUEST, { ...known, ...change }));

  test('nothing where nothing has left and all was read', () => {
    expect(said({})).toBe(
      'sink siem: events that happened from 2026-03-10T02:00:00Z to before 2026-03-10T07:00:00Z (5 h) go out again\n',
    );
  });

  test.each<{ name: string; change: Partial<Known>; lines: readonly string[] }>([
    {
      name: 'what left with retention, and the command that brings it',
      change: { held: { left: 3, heldSinceMs: NOW - 8 * HOUR * 1_000 } },
      lines: [
        'of 2026-03-10T02:00:00Z to 2026-03-10T04:00:00Z it holds only what was read later; the API has it, for every sink:\n',
        '    audit-relay backfill --source acme --from 2026-03-10T02:00:00Z --to 2026-03-10T04:00:00Z --again\n',
      ],
    },
    {
      name: 'all of it, where the journal holds nothing',
      change: { held: { left: 3 } },
      lines: ['--from 2026-03-10T02:00:00Z --to 2026-03-10T07:00:00Z --again\n'],
    },
    {
      name: 'what was never read',
      change: {
        checkpoints: { acme: { organization: { ...checkpoint, done: [{ from: seconds - 9 * HOUR, to: seconds }] } } },
      },
      lines: [
        '  2026-03-10T02:00:00Z to 2026-03-10T03:00:00Z was never read from acme: audit-relay backfill --source acme --from 2026-03-10T02:00:00Z --to 2026-03-10T03:00:00Z\n',
      ],
    },
    {
      name: 'that a file holds each event once',
      change: { isFile: true },
      lines: ['sink siem is a file, which holds'],
    },
    { name: 'that it could overwrite', change: { couldOverwrite: true }, lines: ['--overwrite replaces it\n'] },
  ])('$name', ({ change, lines }) => {
    for (const line of lines) expect(said(change)).toContain(line);
  });

  test('not what left before the time that is asked for', () => {
    expect(said({ held: { left: 3, heldSinceMs: NOW - 11 * HOUR * 1_000 } })).toBe(said({}));
  });

  test('nor what is about to be polled', () => {
    const request = { ...REQUEST, toMs: NOW };
    const late = { ...checkpoint, done: [{ from: 0, to: seconds - 200 }] };
    expect(replayPlanOf(request, { ...known, checkpoints: { acme: { organization: late } } }).unread).toEqual({});
  });

  test('a dry run counts', () => {
    expect(countsText({ again: 1_200, excluded: 200, toGo: 3, firstMs: NOW, lastMs: NOW + 999 })).toBe(
      [
        '  1,203 events of that time are in the journal, from 2026-03-10T12:00:00Z to 2026-03-10T12:00:00Z\n',
        '  1,000 go out again; 200 are excluded by `when` as it is now\n',
        '  3 were not sent yet, and go out by themselves\n',
      ].join(''),
    );
    const plan = replayPlanOf(REQUEST, { ...known, held: { left: 1, heldSinceMs: NOW } });
    const counts = { again: 1, excluded: 0, toGo: 0, firstMs: NOW, lastMs: NOW };
    expect(reportOf({ plan, counts, followed: undefined })).toMatchObject({
      outcome: 'planned',
      left: { to: '2026-03-10T07:00:00Z', commands: [expect.stringMatching(/--again$/)] },
      held: { again: 1, first: '2026-03-10T12:00:00.000Z' },
    });
  });
});

const PROGRESS: ReplayProgress = { ...REQUEST, askedMs: 5, entries: 200, passed: 50, counts: { acked: 40 }, left: 0 };

/** One look at it; every look is half a second after the last. */
type Moment = Partial<ReplayProgress> & { readonly health?: 'ok' | 'blocked' };

async function followed(
  moments: readonly Moment[],
  stopAt = Number.POSITIVE_INFINITY,
): Promise<[FollowedReplay, number]> {
  const ended = new AbortController();
  let look = 0;
  const status = (): RelayStatus => {
    const { health = 'ok', ...change } = moments[Math.min(look, moments.length - 1)] ?? {};
    const [lane] = Object.values(RELAY_STATUS.lanes);
    if (lane === undefined) throw new Error('the fixture has no lane');
    const journal = { ...RELAY_STATUS.journal, replays: { siem: { ...PROGRESS, ...change } } };
    return { ...RELAY_STATUS, lanes: { siem: { ...lane, health } }, journal };
  };
  const sleep = async (): Promise<void> => {
    look += 1;
    if (look > 500) throw new Error('it goes on for ever');
    if (look === stopAt) ended.abort(new RelayError('STOPPED', 'stopped by SIGINT'));
    ended.signal.throwIfAborted();
  };
  const runtime = { elapsedMs: () => look * 500, sleep };
  const relay = { replay: async () => 5, status: async () => status() };
  const result = await followReplay({ request: REQUEST, relay, runtime, show: () => undefined }, ended.signal);
  return [result, look];
}

describe('it is followed', () => {
  test.each<{ name: string; moments: readonly Moment[]; stopAt?: number; outcome: string; looks: number }>([
    { name: 'to its end', moments: [{}, {}, { endedMs: 9 }], outcome: 'replayed', looks: 2 },
    { name: 'to its end, when entries had left', moments: [{ endedMs: 9, left: 1 }], outcome: 'incomplete', looks: 0 },
    { name: 'until somebody ends it', moments: [{ endedMs: 9, problem: 'x' }], outcome: 'incomplete', looks: 0 },
    { name: 'until another one stands there', moments: [{}, { askedMs: 6 }], outcome: 'incomplete', looks: 1 },
    { name: 'until a signal', moments: [{}], stopAt: 3, outcome: 'interrupted', looks: 3 },
    {
      name: 'half a minute while the sink needs a person',
      moments: [{ health: 'blocked' }],
      outcome: 'held',
      looks: 60,
    },
    {
      name: 'further when the sink has gone on',
      moments: [
        ...Array<Moment>(50).fill({ health: 'blocked' }),
        {},
        ...Array<Moment>(50).fill({ health: 'blocked' }),
        { endedMs: 9 },
      ],
      outcome: 'replayed',
      looks: 101,
    },
  ])('$name', async ({ moments, stopAt, outcome, looks }) => {
    const [result, seen] = await followed(moments, stopAt);
    expect([result.outcome, seen]).toEqual([outcome, looks]);
  });

  test('in a line as wide as the terminal', () => {
    expect(replayLine(PROGRESS, undefined)).toBe('25 %  50 of 200 looked at  40 acked');
    expect(replayLine(PROGRESS, 80)).toBe(`${'█'.repeat(5)}${'░'.repeat(15)}  25 %  50 of 200 looked at  40 acked`);
    expect(replayLine(PROGRESS, 20)).toHaveLength(19);
  });

  test.each<{ change: Partial<FollowedReplay>; isHeld: boolean; words: RegExp }>([
    { change: { outcome: 'replayed' }, isHeld: true, words: /^replayed: 40 acked, in 2 s\n$/ },
    { change: { outcome: 'interrupted' }, isHeld: true, words: /the agent goes on with it/ },
    { change: { outcome: 'interrupted' }, isHeld: false, words: /goes on at the next start/ },
    {
      change: { outcome: 'held', troubles: ['sink siem: blocked'] },
      isHeld: true,
      words: /sink siem: blocked\nthe rest goes out once/,
    },
    {
      change: { outcome: 'incomplete', progress: { ...PROGRESS, left: 3 } },
      isHeld: true,
      words: /3 entries.*left the journal before/,
    },
    {
      change: { outcome: 'incomplete', progress: { ...PROGRESS, problem: 'x' } },
      isHeld: true,
      words: /before all was done with: x/,
    },
    {
      change: { outcome: 'replayed', progress: { ...PROGRESS, counts: { dead_lettered: 2 } } },
      isHeld: true,
      words: /2 dead-lettered.*\n.*audit-relay dead-letters list --sink siem\n/,
    },
  ])('and its end is said: $words', ({ change, isHeld, words }) => {
    const whole: FollowedReplay = { outcome: 'replayed', progress: PROGRESS, troubles: [], ...change };
    expect(endingText(whole, { sink: 'siem', isHeld, tookMs: 1_500 })).toMatch(words);
  });
});
