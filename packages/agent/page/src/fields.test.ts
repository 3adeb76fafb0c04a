/**
 * `audit-relay status` and the status page show the same: each field of a status is changed in turn, and both are asked
 * whether that is seen. What one of them leaves out stands here, with the reason.
 */
import type { RelayStatus } from '@audit-relay/core';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, test, vi } from 'vitest';
import type { CheckpointAccount } from '../../src/journal-account.ts';
import { EVERYTHING } from '../../src/status/everything.test.fixture.ts';
import { statusText } from '../../src/status/text.ts';
import { statusView } from '../../src/status/view.ts';
import { BEGINNING } from './model.ts';
import { Shown } from './page.tsx';

const AT_MS = 1_790_000_200_000;

// Of a browser the charts ask for colours alone.
vi.stubGlobal('document', { documentElement: undefined });
vi.stubGlobal('getComputedStyle', () => ({ getPropertyValue: () => '#000000' }));

function checkpointOf(feed: (typeof EVERYTHING)['sources'][string]['feeds']['organization']): CheckpointAccount {
  const { startSeconds, completeTo, gaps, passes } = feed;
  return { startSeconds, passes, done: [{ from: startSeconds, to: completeTo }], asked: gaps };
}

function viewOf(status: typeof EVERYTHING): ReturnType<typeof statusView> {
  const checkpoints = Object.fromEntries(
    Object.entries(status.sources).map(([name, { feeds }]) => [
      name,
      { organization: checkpointOf(feeds.organization), tenant: checkpointOf(feeds.tenant) },
    ]),
  );
  return statusView({ journal: '/data', ...status.journal, checkpoints }, status satisfies RelayStatus);
}

function pageOf(status: typeof EVERYTHING): string {
  const whole = { ...status, atMs: AT_MS, elapsedMs: 1_000, agent: { state: 'running', pid: 1, journal: '/data' } };
  const state = { ...BEGINNING, link: { kind: 'live' }, head: whole, status: whole } as const;
  return renderToString(h(Shown, { state, forget: undefined }));
}

interface Field {
  readonly path: string;
  /** The whole status with another value there. */
  readonly changed: typeof EVERYTHING;
}

/** Every value that is no object and no list. */
function* fieldsOf(value: unknown, path: readonly string[]): Generator<Field> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* fieldsOf(item, [...path, key]);
    return;
  }
  // Of the same form, but for one value of the same type.
  yield { path: path.join('.'), changed: replaced(EVERYTHING, path, otherThan(value)) as typeof EVERYTHING };
}

/** Far enough from what it was to be seen in whatever unit it is shown. */
function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return value + 7_200_000;
  return typeof value === 'boolean' ? !value : `other-${String(value)}`;
}

function replaced(value: unknown, [head, ...rest]: readonly string[], by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === head ? replaced(item, rest, by) : item));
  return { ...Object(value), [head]: replaced(Object(value)[head], rest, by) };
}

/** A field of both feeds, of the lane or of the journal, with why somebody leaves it out. */
type Reasons = Readonly<Record<string, string>>;

const FIGURE = 'a figure of the work done, for /metrics';
const SINCE = 'since the start of the process: the law and the journal say it for ever';
const CHART = 'a distribution, for the charts of the page and /metrics';

/** What neither shows. */
const NOWHERE: Reasons = {
  'sources.acme.requests': 'the sum of its feeds',
  'sources.acme.backfillSlots': FIGURE,
  'feed.backfillWindows': FIGURE,
  'feed.backfillEvents': FIGURE,
  'feed.duplicates': FIGURE,
  'feed.windows': FIGURE,
  'feed.malformedRecords': SINCE,
  'feed.outsideWindow': 'counted among the conditions, by its code',
  'feed.late.sumSeconds': CHART,
  'feed.late.buckets': CHART,
  'lanes.siem.acked': SINCE,
  'lanes.siem.deadLettered': SINCE,
  'lanes.siem.excluded': SINCE,
  'lanes.siem.excludedByRule': SINCE,
  'lanes.siem.heldEntries': SINCE,
  'lanes.siem.sends': FIGURE,
  'lanes.siem.failures': FIGURE,
  'lanes.siem.newestAckedEventMs': FIGURE,
  'lanes.siem.delivery.backfill': CHART,
  'lanes.siem.delivery.replay': CHART,
  'lanes.siem.delivery.live.sumSeconds': CHART,
};
const NOT_IN_STATUS: Reasons = { 'lanes.siem.delivery.live': CHART };
/** In `status --json`, and not in its lines. */
const NOT_IN_LINES: Reasons = {
  'lanes.siem.exclusions.0.name': 'its words say it',
  'lanes.siem.exclusions.0.maxAgeMs': 'its words say it',
  'journal.replays.siem.overwrite': 'for scripts',
  'journal.replays.siem.askedMs': 'for scripts',
  'journal.replays.siem.counts': 'in what all replays came to',
  'journal.replays.siem.entries': 'of one that is under way',
  'journal.replays.siem.passed': 'of one that is under way',
};
const NOT_ON_THE_PAGE: Reasons = {
  ...NOT_IN_LINES,
  'lanes.siem.delivery.live.buckets.0.count': 'more of them are within the same time',
};

function isNamed(path: string, ...reasons: readonly Reasons[]): boolean {
  const short = path.replace(/^sources\.acme\.feeds\.\w+\./, 'feed.');
  return reasons.some((each) => Object.keys(each).some((name) => short === name || short.startsWith(`${name}.`)));
}

const FIELDS = [...fieldsOf(EVERYTHING, [])];
const before = { view: viewOf(EVERYTHING), page: pageOf(EVERYTHING) };

function seen(isSeen: (changed: typeof EVERYTHING) => boolean): readonly string[] {
  return FIELDS.filter(({ changed }) => isSeen(changed)).map(({ path }) => path);
}

describe('each field of a status is shown, or it is said why not', () => {
  const all = FIELDS.map(({ path }) => path);
  const expected = (...without: readonly Reasons[]): readonly string[] =>
    all.filter((path) => !isNamed(path, NOWHERE, ...without));

  test('by status --json', () => {
    const json = JSON.stringify(before.view);
    const shown = seen((changed) => JSON.stringify(viewOf(changed)) !== json);
    expect(shown).toEqual(expected(NOT_IN_STATUS));
  });

  test('by the lines of status', () => {
    const text = statusText(before.view);
    const shown = seen((changed) => statusText(viewOf(changed)) !== text);
    expect(shown).toEqual(expected(NOT_IN_STATUS, NOT_IN_LINES));
  });

  test('by the page', () => {
    expect(seen((changed) => pageOf(changed) !== before.page)).toEqual(expected(NOT_ON_THE_PAGE));
  });
});

test('a page that waits for a journal says why it takes so long', () => {
  const head = { atMs: AT_MS, elapsedMs: 1, agent: { state: 'opening', pid: 1, journal: '/data' } };
  const state = { ...BEGINNING, link: { kind: 'live' }, head: { ...head, problem: 'no space left' } } as const;
  expect(renderToString(h(Shown, { state, forget: undefined }))).toContain('Not ready: no space left');
});
