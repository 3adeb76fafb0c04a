import { describe, expect, test } from 'vitest';
import { type Estimate, type FeedPlan, type Known, planOf, planText } from './plan.ts';

const request = { source: 'acme', from: 1_000, to: 2_000, again: false };
const ESTIMATE: Estimate = { events: 12_345, requests: 130, seconds: 26, unknown: {} };

/** A feed that was read in these stretches. */
function read(...done: readonly (readonly [number, number])[]): NonNullable<Known['checkpoints']['organization']> {
  return { startSeconds: 0, done: done.map(([from, to]) => ({ from, to })), passes: { sweep: 1 } };
}

const NEVER = { startSeconds: 1_990, done: [], passes: {} };

interface Case {
  readonly name: string;
  readonly checkpoints: Known['checkpoints'];
  readonly again?: true;
  readonly liveSeconds?: number;
  /** Of the organization's feed. */
  readonly journaledSeconds: number;
  readonly toRead: readonly [number, number] | undefined;
}

const cases: readonly Case[] = [
  { name: 'without a journal all of it is to be read', checkpoints: {}, journaledSeconds: 0, toRead: [1_000, 2_000] },
  {
    name: 'what is journaled is left out',
    checkpoints: { organization: read([1_500, 3_000]), tenant: read([0, 100], [1_400, 2_500]) },
    journaledSeconds: 500,
    toRead: [1_000, 1_500],
  },
  {
    name: 'with --again all of it is read',
    checkpoints: { organization: read([0, 3_000]), tenant: read([0, 3_000]) },
    again: true,
    journaledSeconds: 1_000,
    toRead: [1_000, 2_000],
  },
  {
    name: 'gaps in the middle are read',
    checkpoints: { organization: read([900, 1_200], [1_300, 2_000]), tenant: read([0, 1_250], [1_350, 4_000]) },
    journaledSeconds: 900,
    toRead: [1_200, 1_350],
  },
  {
    name: 'a feed that was never answered does not count',
    checkpoints: { organization: read([0, 3_000]), tenant: NEVER },
    journaledSeconds: 1_000,
    toRead: undefined,
  },
  {
    name: 'unless no feed was',
    checkpoints: { organization: NEVER, tenant: NEVER },
    journaledSeconds: 0,
    toRead: [1_000, 2_000],
  },
  {
    name: 'what a running agent is about to poll is no gap',
    checkpoints: { organization: read([0, 1_970]), tenant: read([0, 1_960]) },
    liveSeconds: 60,
    journaledSeconds: 970,
    toRead: undefined,
  },
  {
    name: 'what it should have polled long ago is one',
    checkpoints: { organization: read([0, 1_900]), tenant: read([0, 1_960]) },
    liveSeconds: 60,
    journaledSeconds: 900,
    toRead: [1_900, 2_000],
  },
  {
    name: 'so is what nobody polls',
    checkpoints: { organization: read([0, 1_970]), tenant: read([0, 1_970]) },
    journaledSeconds: 970,
    toRead: [1_970, 2_000],
  },
];

test.each(cases)('$name', ({ checkpoints, again = false, liveSeconds = 0, journaledSeconds, toRead }) => {
  const plan = planOf(
    { ...request, again },
    { feeds: ['organization', 'tenant'], checkpoints, liveSeconds, exclusions: [], files: [] },
  );
  expect(plan.feeds[0]).toMatchObject({ feed: 'organization', journaledSeconds });
  expect(plan.toRead).toEqual(toRead === undefined ? undefined : expect.objectContaining(span(toRead)));
});

function span([from, to]: readonly [number, number]): object {
  return { from, to };
}

describe('in words', () => {
  const feed = (journaledSeconds: number, neverAnswered = false): FeedPlan => {
    return { feed: 'organization', journaledSeconds, unread: [], neverAnswered };
  };
  const lines: readonly (readonly [name: string, again: boolean, feed: FeedPlan, line: RegExp])[] = [
    ['what is journaled is left out', false, feed(600), /10 min of it journaled: left out \(--again sends it/],
    ['or goes out once more', true, feed(600), /10 min of it journaled: goes out once more, marked as replay/],
    ['nothing is journaled', false, feed(0), /nothing of it is journaled/],
    ['a feed is silent', false, feed(0, true), /the API has never given a page of it/],
  ];
  test.each(lines)('%s', (_, again, ...[plan, line]) => {
    expect(
      planText({ request: { ...request, again }, feeds: [plan], toRead: request, exclusions: [], files: [] }, ESTIMATE),
    ).toMatch(line);
  });

  test('times, and what it costs', () => {
    expect(planText({ request, feeds: [feed(0)], toRead: request, exclusions: [], files: [] }, ESTIMATE)).toBe(
      [
        'acme: 1970-01-01T00:16:40Z to 1970-01-01T00:33:20Z (17 min)',
        '  organization  nothing of it is journaled',
        '  to read       about 12,345 events, 130 requests: 26 s at least, by requests_per_second',
        '',
      ].join('\n'),
    );
  });

  test('a feed that cannot be looked at is named, and nothing is made up where none can', () => {
    const unknown = { organization: 'the key lacks a right' };
    const text = planText(
      { request, feeds: [feed(0)], toRead: request, exclusions: [], files: [] },
      { ...ESTIMATE, unknown },
    );
    expect(text).toMatch(/organization {2}cannot be looked at: the key lacks a right/);
    expect(text).not.toMatch(/to read/);
  });

  test('what sinks leave out of it is said before anything is read, and not where nothing is', () => {
    const rule = { sink: 'siem', name: 'old', events: 'events older than 18 h (old_events: exclude)' };
    const exclusions = [{ ...rule, before: '1970-01-01T00:20:00Z' }];
    const plan = { request, feeds: [feed(0)], exclusions, files: [] };
    expect(
      planText({ ...plan, toRead: request }, ESTIMATE)
        .split('\n')
        .at(-2),
    ).toBe(
      '  sink siem excludes what happened before 1970-01-01T00:20:00Z: events older than 18 h (old_events: exclude)',
    );
    expect(planText({ ...plan, toRead: undefined }, ESTIMATE)).not.toMatch(/siem/);
  });

  test.each([
    [true, ['  sink lake is a file, which holds each event once: what was written to it is not written again']],
    [false, []],
  ])('where events go out once more (%s), a file says that it holds each once', (again, lines) => {
    const plan = { request: { ...request, again }, feeds: [feed(0)], toRead: request, exclusions: [], files: ['lake'] };
    const said = planText(plan, ESTIMATE).split('\n');
    expect(said.filter((line) => line.includes('lake'))).toEqual(lines);
  });

  test('nothing to be read is said', () => {
    expect(
      planText({ request, feeds: [feed(1_000)], toRead: undefined, exclusions: [], files: [] }, undefined),
    ).toMatch(/nothing is left to be read/);
  });
});
