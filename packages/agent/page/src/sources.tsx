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
        note={noteOf}
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

function noteOf({ name, of, feed, atMs }: Row): string | undefined {
  const { problem, problemSinceMs, conditions } = feed;
  const failures = Object.entries(of.failures).map(([what, times]) => `${what} ${count(times)}`);
  const isNamed = problem !== undefined;
  const notes = [
    ...(isNamed ? [`${problemSinceMs === undefined ? '' : `for ${duration(atMs - problemSinceMs)}: `}${problem}`] : []),
    ...(isNamed && failures.length > 0 ? [`answers that were no page: ${failures.join(', ')}`] : []),
    ...Object.entries(conditions).map(([what, times]) => `${what.toUpperCase()} ${count(times)}`),
  ];
  if (notes.length === 0) return undefined;
  return isWithoutTenant(name, feed)
    ? `an organization without a tenant has no such feed · ${notes.join(' · ')}`
    : notes.join(' · ');
}
