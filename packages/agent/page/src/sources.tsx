/** Sources and their feeds: how far each is read, and what the API says. */
import type { JSX } from 'preact';
import { Badge } from './badge.tsx';
import { ago, count, duration, utc } from './format.ts';
import { isWithoutTenant } from './health.ts';
import type { FeedStatus, SourceStatus, Status } from './model.ts';
import { Named } from './sinks.tsx';
import { type Column, Table } from './table.tsx';

interface Row {
  readonly source: string;
  readonly name: string;
  readonly of: SourceStatus;
  readonly feed: FeedStatus;
  readonly atMs: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Source', cell: ({ source, name }) => <Named name={source} detail={`${name} feed`} /> },
  {
    title: 'Health',
    cell: ({ name, feed }) =>
      isWithoutTenant(name, feed) ? <Badge health="no tenant" level="idle" /> : <Badge health={feed.health} />,
  },
  { title: 'Complete to', isFigure: true, cell: ({ feed, atMs }) => time(feed.completeTo, atMs) },
  {
    title: 'Newest event',
    isFigure: true,
    cell: ({ feed, atMs }) => time(feed.newestEventMs === undefined ? undefined : feed.newestEventMs / 1_000, atMs),
  },
  { title: 'Journaled', isFigure: true, cell: ({ feed }) => count(feed.journaled) },
  { title: 'Found late', isFigure: true, cell: ({ feed }) => count(feed.late.count) },
  {
    title: 'To backfill',
    isFigure: true,
    cell: ({ feed }) => (feed.backfillSeconds === 0 ? 'nothing' : duration(feed.backfillSeconds * 1_000)),
  },
  { title: 'Requests', isFigure: true, cell: ({ feed }) => count(feed.requests) },
];

export function Sources({ status }: { readonly status: Status }): JSX.Element {
  return (
    <section aria-labelledby="sources">
      <h2 id="sources">Sources</h2>
      <Table
        label="Sources"
        columns={COLUMNS}
        rows={rowsOf(status)}
        keyOf={({ source, name }) => `${source} ${name}`}
        notes={notesOf}
      />
    </section>
  );
}

function rowsOf({ sources, atMs }: Status): readonly Row[] {
  return Object.entries(sources).flatMap(([source, of]) =>
    Object.entries(of.feeds).map(([name, feed]) => ({ source, name, of, feed, atMs })),
  );
}

function time(seconds: number | undefined, atMs: number): JSX.Element | string {
  if (seconds === undefined) return 'none yet';
  const at = utc(seconds * 1_000);
  return (
    <time dateTime={at} title={at}>
      {ago(seconds * 1_000, atMs)}
    </time>
  );
}

/** Of the stretches that are not read yet, so many. */
const GAPS_SHOWN = 5;
/** Two clocks further apart than that are worth a word. */
const CLOCK_MS = 5_000;

function notesOf({ name, of, feed, atMs }: Row): readonly string[] {
  const failures = Object.entries(of.failures).map(([what, times]) => `${what} ${count(times)}`);
  const offsetMs = of.clockOffsetMs ?? 0;
  return [
    ...(isWithoutTenant(name, feed) ? ['an organization without a tenant has no such feed'] : []),
    ...problemOf(feed, atMs),
    ...(failures.length === 0 ? [] : [`answers that were no page: ${failures.join(', ')}`]),
    ...(Math.abs(offsetMs) < CLOCK_MS
      ? []
      : [`the API’s clock is ${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} this host’s`]),
    ...coverageOf(feed, atMs),
    ...oddOf(feed),
  ];
}

function problemOf({ problem, problemSinceMs, cause }: FeedStatus, atMs: number): readonly string[] {
  if (problem === undefined) return [];
  const since = problemSinceMs === undefined ? '' : `for ${duration(atMs - problemSinceMs)}: `;
  return [`${since}${problem}${cause === undefined ? '' : ` (${cause})`}`];
}

/** From when on all is read, what of it is not yet, and when it was last looked back. */
function coverageOf({ startSeconds, gaps, passes, lastAnswerMs }: FeedStatus, atMs: number): readonly string[] {
  const begin = startSeconds === undefined ? [] : [`read from ${utc(startSeconds * 1_000)} on`];
  const answer = lastAnswerMs === undefined ? [] : [`last answer ${ago(lastAnswerMs, atMs)}`];
  const looks = Object.entries(passes).map(([lookback, at]) => `${lookback} read again ${ago(at * 1_000, atMs)}`);
  const shown = gaps.slice(0, GAPS_SHOWN);
  return [
    [...begin, ...answer, ...looks].join(' · '),
    ...shown.map(({ from, to }) => `not read yet: ${utc(from * 1_000)} to ${utc(to * 1_000)}`),
    ...(gaps.length === shown.length ? [] : ['and more: audit-relay status --json']),
  ].filter((line) => line !== '');
}

function oddOf({ conditions, late, pagesInVain }: FeedStatus): readonly string[] {
  const odd = Object.entries(conditions).map(([what, times]) => `${what.toUpperCase()} ${count(times)}`);
  return [
    ...(odd.length === 0 ? [] : [`odd about the API: ${odd.join(', ')}`]),
    ...(late.count === 0 ? [] : [`the latest event was found ${duration(late.maxSeconds * 1_000)} after it happened`]),
    ...(pagesInVain === 0 ? [] : [`pages read once more: ${count(pagesInVain)}`]),
  ];
}
