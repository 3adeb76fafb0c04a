import { describe, expect, test } from 'vitest';
import type { CheckpointAccount, JournalAccount } from '../journal-account.ts';
import { RELAY_STATUS } from './relay-status.test.fixture.ts';
import { statusText } from './text.ts';
import { isWell, statusView } from './view.ts';

/** 2026-09-21T14:13:20Z. */
const START = 1_790_000_000;

function account(checkpoint: CheckpointAccount): JournalAccount & { readonly journal: string } {
  return {
    journal: '/data',
    ...RELAY_STATUS.journal,
    checkpoints: { acme: { organization: checkpoint } },
  };
}

const live = { ...RELAY_STATUS, agent: { state: 'running' as const, pid: 1, journal: '/data' } };

describe('how far a feed is', () => {
  const cases: readonly [name: string, done: CheckpointAccount['done'], view: object][] = [
    ['nothing yet', [], { gaps: [] }],
    ['from its start', [{ from: START, to: START + 60 }], { completeTo: '2026-09-21T14:14:20Z', gaps: [] }],
    [
      'what was asked for from before the start counts for nothing',
      [
        { from: START - 60, to: START - 30 },
        { from: START, to: START + 60 },
      ],
      { completeTo: '2026-09-21T14:14:20Z', gaps: [] },
    ],
    [
      'only the live edge',
      [{ from: START + 60, to: START + 90 }],
      { gaps: [{ from: '2026-09-21T14:13:20Z', to: '2026-09-21T14:14:20Z' }] },
    ],
    [
      'with a gap',
      [
        { from: START, to: START + 60 },
        { from: START + 120, to: START + 180 },
      ],
      { completeTo: '2026-09-21T14:14:20Z', gaps: [{ from: '2026-09-21T14:14:20Z', to: '2026-09-21T14:15:20Z' }] },
    ],
  ];
  test.each(cases)('%s', (_, done, view) => {
    const { feeds } = statusView(account({ startSeconds: START, done, passes: {} }), undefined);
    expect(feeds).toEqual([
      { source: 'acme', feed: 'organization', start: '2026-09-21T14:13:20Z', passes: {}, ...view },
    ]);
  });
});

test('a running agent lends its health and its problems', () => {
  const view = statusView(account({ startSeconds: START, passes: {}, done: [] }), live);
  expect(view.running).toBe(true);
  expect(view.feeds[0]).toMatchObject({ health: 'ok' });
  expect(view.sinks).toEqual([
    {
      sink: 'siem',
      type: 'splunk-hec',
      format: 'ecs',
      inFlight: 1,
      parked: 0,
      concurrency: 4,
      unackedBytes: 3_145_728,
      sentAgain: 1,
      lastAck: '2026-09-21T14:14:50Z',
      health: 'blocked',
      problem: 'HTTP 401: check the token',
      problemSince: '2026-09-21T14:14:40Z',
      behind: 3,
      behindSince: '2026-09-21T14:14:55Z',
      deadLetters: 2,
      letters: { retrying: 1, retried: { acked: 3, 'excluded.when': 1 }, dropped: 4 },
      replay: {
        from: '2026-09-20T10:26:40Z',
        to: '2026-09-21T14:13:20Z',
        overwrite: false,
        asked: '2026-09-21T14:14:10Z',
        entries: 40,
        passed: 10,
        counts: { acked: 6 },
        missed: 0,
      },
      replayed: { acked: 8 },
      law: { journaled: 44, acked: 30, deadLettered: 2, excluded: { when: 5, old: 4 }, held: 3 },
      exclusions: [{ name: 'old', events: 'events older than 18 h (old_events: exclude)', maxAgeMs: 64_800_000 }],
      filterErrors: 7,
      counts: { duplicate: 6 },
    },
  ]);
});

describe('all is well', () => {
  const read: CheckpointAccount = { startSeconds: START, passes: {}, done: [{ from: START, to: START + 60 }] };
  interface Healths {
    readonly organization?: string;
    readonly tenant?: string;
    readonly sink?: string;
    /** Of the tenant's feed; absent: it was never answered. */
    readonly checkpoint?: CheckpointAccount;
  }

  function isWellWith({ organization = 'ok', tenant = 'ok', sink = 'ok', checkpoint }: Healths): boolean {
    const status = structuredClone(live);
    const { organization: first, tenant: second } = status.sources['acme']?.feeds ?? {};
    Object.assign(first ?? {}, { health: organization });
    Object.assign(second ?? {}, { health: tenant });
    Object.assign(status.lanes['siem'] ?? {}, { health: sink });
    const { checkpoints, ...journal } = account(read);
    const acme = { ...checkpoints['acme'], ...(checkpoint === undefined ? {} : { tenant: checkpoint }) };
    return isWell(statusView({ ...journal, checkpoints: { acme } }, status));
  }

  test.each<Healths>([
    {},
    { organization: 'quiet', tenant: 'quiet' },
    { organization: 'starting', tenant: 'starting', sink: 'starting' },
    { tenant: 'paused' },
  ])('with %o', (healths) => {
    expect(isWellWith(healths)).toBe(true);
  });

  test.each<Healths>([
    { organization: 'unsure' },
    { organization: 'retrying' },
    { organization: 'paused' },
    { organization: 'waiting_for_room' },
    { organization: 'stopped' },
    { tenant: 'retrying' },
    { tenant: 'paused', checkpoint: read },
    { sink: 'retrying' },
    { sink: 'blocked' },
    { sink: 'stopped' },
  ])('never with %o', (healths) => {
    expect(isWellWith(healths)).toBe(false);
  });

  test('never while no agent runs', () => {
    expect(isWell(statusView(account(read), undefined))).toBe(false);
  });
});

test('a feed that was never answered stands there too, with its reason', () => {
  const { checkpoints: _, ...journal } = account({ startSeconds: START, passes: {}, done: [] });
  const { feeds } = statusView({ ...journal, checkpoints: {} }, live);
  expect(feeds).toMatchObject([
    { feed: 'organization', health: 'ok' },
    {
      feed: 'tenant',
      health: 'paused',
      problem: 'HTTP 403: the key lacks the scope api.audit_logs.read',
      cause: 'scope_missing',
    },
  ]);
});

test('while no agent runs the configuration says what a sink excludes', () => {
  const rules = [
    { sink: 'siem', name: 'old', events: 'events older than 18 h' },
    { sink: 'lake', name: 'old', events: 'others' },
  ];
  const view = statusView(account({ startSeconds: START, passes: {}, done: [] }), undefined, rules);
  expect(view.sinks).toMatchObject([{ sink: 'siem', exclusions: [{ name: 'old', events: 'events older than 18 h' }] }]);
});

test('figures that do not add up are shown as that', () => {
  const read = account({ startSeconds: START, passes: {}, done: [] });
  const law = { journaled: 45, acked: 30, deadLettered: 2, excluded: {}, held: 3 };
  const lanes = { siem: { behindEntries: 0, law } };
  expect(statusText(statusView({ ...read, lanes }, undefined))).toContain('journaled 45 ≠ 30 acked');
});

test('what left or cannot be read is named, and the figures do not add up without it', () => {
  const read = account({ startSeconds: START, passes: {}, done: [] });
  const law = { journaled: 45, acked: 30, deadLettered: 2, excluded: {}, held: 3, gone: 8, unreadable: 2 };
  const view = statusView({ ...read, lanes: { siem: { behindEntries: 13, law } } }, undefined);
  expect(view.sinks).toMatchObject([{ law }]);
  expect(statusText(view)).toContain(
    [
      'journaled 45 ≠ 30 acked + 2 dead-lettered + 0 excluded + 3 held',
      '           8 gone: they left the journal while the sink was away, and it never had them',
      '           2 unreadable: they are damaged; see audit-relay journal check\n',
    ].join('\n'),
  );
});

test('what is on its way is told while an agent runs, its bytes where the sink bounds them', () => {
  const read = account({ startSeconds: START, passes: {}, done: [] });
  expect(statusText(statusView(read, undefined))).not.toContain('on their way');
  const unbounded = structuredClone(live);
  Reflect.deleteProperty(unbounded.lanes['siem'] ?? {}, 'unackedBytes');
  const view = statusView(read, unbounded);
  expect(view.sinks[0]).not.toHaveProperty('unackedBytes');
  expect(statusText(view)).toContain(' 1 of at most 4 batch(es) on their way, 1 sent again');
});

test('the text says everything that a human asks for', () => {
  const checkpoint = {
    startSeconds: START,
    done: [
      { from: START, to: START + 60 },
      { from: START + 120, to: START + 180 },
    ],
    passes: { sweep: START },
  };
  expect(statusText(statusView(account(checkpoint), live)).split('\n')).toEqual([
    'journal  /data: 40 entries',
    '           3.0 of 2048 MiB (0 %), of which 0.0 MiB may not leave yet',
    'agent    running: audit-relay, version 0.1.0, since 2026-09-21T14:13:20Z',
    'config   0123456789ab in force since 2026-09-21T14:14:10Z; 2 change(s) taken over, 1 refused since the start',
    'feed     acme/organization: ok, complete from 2026-09-21T14:13:20Z to 2026-09-21T14:14:20Z',
    '           last answer at 2026-09-21T14:15:01Z, newest event at 2026-09-21T14:14:59Z; 40 journaled by 10 requests since the start',
    '           sweep last read at 2026-09-21T14:13:20Z',
    '           to backfill: 1 min',
    '           not read yet: 2026-09-21T14:14:20Z to 2026-09-21T14:15:20Z',
    '           odd about the API: ORDER_ASCENDING (2)',
    '           pages read once more: 5',
    '           found late: 2 events, 90 s after they happened at most',
    'feed     acme/tenant: paused, nothing read yet',
    '           since 2026-09-21T14:14:30Z: HTTP 403: the key lacks the scope api.audit_logs.read (scope_missing)',
    'source   acme: answers that were no page since the start: http_429 (2)',
    'unusable acme: 1 record(s) without a usable id, which reach no sink: audit-relay dead-letters list',
    'unusable acme: 2 record(s) without a usable id were dropped',
    'outside  what the API first shows later than `sweep` after it happened, or moves while a backfill reads, may be missed',
    'sink     siem (splunk-hec, ecs): blocked, behind by 3 since 2026-09-21T14:14:55Z, 2 dead letter(s)',
    '           since 2026-09-21T14:14:40Z: HTTP 401: check the token',
    '           1 of at most 4 batch(es) on their way, 3.0 MiB not confirmed, 1 sent again since the start, last ack at 2026-09-21T14:14:50Z',
    '           journaled 44 = 30 acked + 2 dead-lettered + 9 excluded (5 by when, 4 by old) + 3 held',
    '           dead letters: audit-relay dead-letters list shows them, 1 go again, retried: acked (3), excluded.when (1), 4 dropped',
    '           replay of 2026-09-20T10:26:40Z to 2026-09-21T14:13:20Z: under way, 10 of 40 entries looked at',
    '           replayed, all in all: acked (8)',
    '           excludes events older than 18 h (old_events: exclude)',
    '           passed as `when` could not decide: 7; the log names the field',
    '           the sink counts: duplicate (6)',
    'new      types of events that this version does not know: widget.created (4)',
    'new      fields that this version does not know: actor.device (2)',
    'codes    https://github.com/audit-relay/audit-relay/blob/main/docs/ERRORS.md',
    '',
  ]);
  expect(statusText(statusView(account(checkpoint), undefined))).toContain('not running');
  const silent = statusView(account(checkpoint), 'silent');
  expect([silent.running, silent.silent, isWell(silent)]).toEqual([false, true, false]);
  expect(statusText(silent)).toContain('holds the journal and does not answer');
});

test('of many stretches that are not read yet the first are shown, and how many there are besides', () => {
  const done = Array.from({ length: 9 }, (_, at) => ({ from: START + 120 * at, to: START + 120 * at + 60 }));
  const lines = statusText(statusView(account({ startSeconds: START, done, passes: {} }), undefined)).split('\n');
  expect(lines.filter((line) => line.includes('not read yet'))).toHaveLength(5);
  expect(lines).toContain('           and 3 more: audit-relay status --json');
});

test('a journal that is full is not well, and says because of whom', () => {
  const full = { ...live, journal: { ...live.journal, fullBecauseOf: 'siem' } };
  const view = statusView(account({ startSeconds: START, passes: {}, done: [] }), full);
  expect(isWell({ ...view, sinks: [], feeds: [] })).toBe(false);
  expect(statusText(view)).toContain('full because of siem: the sources wait; mend that, or raise journal.max_bytes');
});

test.each([
  [{ endedMs: 1_790_000_060_000 }, 'ended at 2026-09-21T14:14:20Z'],
  [{ left: 3 }, 'under way, 10 of 40 entries looked at; 3 entries had left the journal'],
  [
    { endedMs: 1_790_000_060_000, problem: 'somebody ended it' },
    'ended at 2026-09-21T14:14:20Z, before all was done with: somebody ended it',
  ],
])('a replay that is so: %j', (change, text) => {
  const whole = account({ startSeconds: START, done: [], passes: {} });
  const { siem } = whole.replays;
  if (siem === undefined) throw new Error('the fixture has no replay');
  const view = statusView({ ...whole, replays: { siem: { ...siem, ...change } } }, live);
  expect(statusText(view)).toContain(`replay of 2026-09-20T10:26:40Z to 2026-09-21T14:13:20Z: ${text}\n`);
  expect(statusText(statusView({ ...whole, replays: {}, replayed: {} }, live))).not.toContain('replay');
});
