/**
 * `/metrics`: a status put into OpenMetrics text at the moment of the scrape. The status is the one
 * truth; no second set of counters is kept.
 */
import type { RelayStatus } from '@audit-relay/core';
import { Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { FilledHistogram } from './filled-histogram.ts';

type Labels = Readonly<Record<string, string>>;
type Labelled<Thing> = readonly [labels: Labels, thing: Thing];
type Sample = Labelled<number | undefined>;
type OpenMetrics = Registry<OpenMetricsContentType>;
type FeedStatus = NonNullable<RelayStatus['sources'][string]['feeds']['organization']>;
type LaneStatus = RelayStatus['lanes'][string];
type LaneStats = RelayStatus['journal']['lanes'][string];

/** OpenMetrics 1.0, as the library spells it. */
export const METRICS_CONTENT_TYPE: string = Registry.OPENMETRICS_CONTENT_TYPE;

/** What runs the relay; taken by the caller so that this stays a pure function. */
export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** One metric over all things of a kind; an unknown value is left out, never written as 0. */
interface Metric<Thing> {
  /** After `audit_relay_`, with its unit. A name that ends in `_total` is a counter, any other a gauge. */
  readonly name: string;
  readonly help: string;
  value(thing: Thing): number | undefined;
}

const FEED_METRICS: readonly Metric<FeedStatus>[] = [
  {
    name: 'feed_complete_to_seconds',
    help: 'Journaled without a gap to here, since the epoch',
    value: (feed) => feed.completeTo,
  },
  { name: 'feed_backfill_remaining_seconds', help: 'Time span not read yet', value: (feed) => feed.backfillSeconds },
  {
    name: 'feed_last_answer_seconds',
    help: 'Last answer, since the epoch',
    value: (feed) => seconds(feed.lastAnswerMs),
  },
  {
    name: 'feed_newest_event_seconds',
    help: 'Newest event, since the epoch',
    value: (feed) => seconds(feed.newestEventMs),
  },
  { name: 'feed_events_journaled_total', help: 'Events journaled', value: (feed) => feed.journaled },
  { name: 'feed_events_duplicate_total', help: 'Events shown again', value: (feed) => feed.duplicates },
  {
    name: 'feed_events_outside_window_total',
    help: 'Events that were not asked for',
    value: (feed) => feed.outsideWindow,
  },
  { name: 'feed_oddities_total', help: 'Records that cannot be an event', value: (feed) => feed.oddities },
  { name: 'feed_windows_total', help: 'Windows read to their end', value: (feed) => feed.windows },
  {
    name: 'feed_pages_in_vain_total',
    help: 'Pages of windows that were read once more',
    value: (feed) => feed.pagesInVain,
  },
  { name: 'feed_backfill_windows_total', help: 'Windows that backfill read', value: (feed) => feed.backfillWindows },
  { name: 'feed_backfill_events_total', help: 'Events that backfill read', value: (feed) => feed.backfillEvents },
  { name: 'feed_requests_total', help: 'Requests sent', value: (feed) => feed.requests },
];

const LANE_METRICS: readonly Metric<LaneStatus>[] = [
  { name: 'sink_events_acked_total', help: 'Events that the peer has', value: (lane) => lane.acked },
  {
    name: 'sink_events_dead_lettered_total',
    help: 'Events that the peer never takes',
    value: (lane) => lane.deadLettered,
  },
  { name: 'sink_events_excluded_total', help: 'Events that `when` left out', value: (lane) => lane.excluded },
  { name: 'sink_filter_errors_total', help: 'Events that passed as `when` failed', value: (lane) => lane.filterErrors },
  { name: 'sink_sends_total', help: 'Batches sent', value: (lane) => lane.sends },
  {
    name: 'sink_events_replayed_total',
    help: 'Events sent that may have been sent before',
    value: (lane) => lane.replayed,
  },
  { name: 'sink_batches_in_flight', help: 'Batches on their way', value: (lane) => lane.inFlightBatches },
  { name: 'sink_events_held', help: 'Events read and not settled', value: (lane) => lane.heldEntries },
  { name: 'sink_last_ack_seconds', help: 'Last ack, since the epoch', value: (lane) => seconds(lane.lastAckMs) },
];

const BEHIND_METRICS: readonly Metric<LaneStats>[] = [
  { name: 'sink_events_behind', help: 'Entries after the cursor', value: (lane) => lane.behindEntries },
  {
    name: 'sink_behind_since_seconds',
    help: 'Receipt of the oldest of them, since the epoch',
    value: (lane) => seconds(lane.behindSinceMs),
  },
];

const JOURNAL_METRICS: readonly Metric<RelayStatus['journal']>[] = [
  { name: 'journal_size_bytes', help: 'What it holds', value: (journal) => journal.bytes },
  { name: 'journal_limit_bytes', help: 'What it may hold', value: (journal) => journal.maxBytes },
  { name: 'journal_pinned_bytes', help: 'What may not leave', value: (journal) => journal.pinnedBytes },
  { name: 'journal_entries', help: 'Entries held', value: (journal) => journal.entries },
  {
    name: 'journal_full',
    help: '1 while a source waits for room',
    value: ({ fullBecauseOf }) => (fullBecauseOf === undefined ? 0 : 1),
  },
];

const PROCESS_METRICS: readonly Metric<ProcessFigures>[] = [
  { name: 'process_cpu_seconds_total', help: 'CPU time, user and system', value: ({ cpuSeconds }) => cpuSeconds },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory, mapped pages of the journal included',
    value: ({ residentBytes }) => residentBytes,
  },
];

/** All metrics as OpenMetrics text; pure but for its arguments. */
export async function metricsText(status: RelayStatus, process: ProcessFigures): Promise<string> {
  const registry: OpenMetrics = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const { sources, lanes, journal, drift, name, version, startedMs } = status;
  const add = (metric: string, help: string, samples: readonly Sample[]): void =>
    addMetric(registry, { name: metric, help, samples });
  const addAll = <Thing>(metrics: readonly Metric<Thing>[], things: readonly Labelled<Thing>[]): void => {
    for (const { name: metric, help, value } of metrics)
      add(
        metric,
        help,
        things.map(([labels, thing]) => [labels, value(thing)]),
      );
  };
  add('info', 'The relay', [[{ name, version }, 1]]);
  add('start_time_seconds', 'Start, since the epoch', [[{}, seconds(startedMs)]]);
  const feeds = labelledFeeds(status);
  add(
    'feed_health',
    'Health as a label',
    feeds.map(([labels, { health }]) => [{ ...labels, health }, 1]),
  );
  addAll(FEED_METRICS, feeds);
  add(
    'feed_pass_seconds',
    'Begin of the last complete pass of a band, since the epoch',
    feeds.flatMap(([labels, { passes }]) => Object.entries(passes).map(([band, at]) => [{ ...labels, band }, at])),
  );
  add(
    'feed_conditions_total',
    'What is odd about the API and is coped with',
    feeds.flatMap(([labels, { conditions }]) => byReason(labels, conditions)),
  );
  registry.registerMetric(
    new FilledHistogram(
      'audit_relay_feed_late_events_seconds',
      'From an event to its being found, of those that were not there when their second was first read',
      feeds.map(([labels, { late }]) => ({ labels, sum: late.sumSeconds, ...late })),
    ),
  );
  const bySource = labelled('source', sources);
  add(
    'source_request_failures_total',
    'Answers without a page',
    bySource.flatMap(([labels, { failures }]) => byReason(labels, failures)),
  );
  add(
    'source_clock_offset_seconds',
    'The API’s clock less ours',
    bySource.map(([labels, one]) => [labels, seconds(one.clockOffsetMs)]),
  );
  add(
    'source_backfill_slots',
    'Requests of backfill at once, as found so far',
    bySource.map(([labels, { backfillSlots }]) => [labels, backfillSlots]),
  );
  const bySink = labelled('sink', lanes);
  add(
    'sink_health',
    'Health as a label',
    bySink.map(([labels, { type, health }]) => [{ ...labels, type, health }, 1]),
  );
  addAll(LANE_METRICS, bySink);
  add(
    'sink_send_failures_total',
    'Batches not acked',
    bySink.flatMap(([labels, { failures }]) => byReason(labels, failures)),
  );
  add(
    'sink_notes_total',
    'What the sink itself counts',
    bySink.flatMap(([labels, { counts }]) => byReason(labels, counts)),
  );
  addAll(BEHIND_METRICS, labelled('sink', journal.lanes));
  addAll(JOURNAL_METRICS, [[{}, journal]]);
  add('journal_dead_letters', 'Dead letters held', labelled('sink', journal.deadLetters));
  add('journal_oddities', 'Records held that cannot be an event', labelled('source', journal.oddities));
  add('drift_unknown_type_events_total', 'Events of a type that is not known', labelled('type', drift.types));
  add('drift_unknown_field_total', 'Fields that are not known', labelled('field', drift.fields));
  addAll(PROCESS_METRICS, [[{}, process]]);
  return await registry.metrics();
}

function addMetric(
  registry: OpenMetrics,
  { name, help, samples }: { readonly name: string; readonly help: string; readonly samples: readonly Sample[] },
): void {
  const labelNames = [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];
  const options = { name: `audit_relay_${name}`, help, labelNames, registers: [registry] };
  const known = samples.flatMap(([labels, value]) => (value === undefined ? [] : [{ labels: { ...labels }, value }]));
  // The library would write 0 for a metric without a sample.
  if (known.length === 0) return;
  if (name.endsWith('_total')) {
    const counter = new Counter(options);
    for (const { labels, value } of known) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(options);
    for (const { labels, value } of known) gauge.set(labels, value);
  }
}

function labelledFeeds({ sources }: RelayStatus): readonly Labelled<FeedStatus>[] {
  return Object.entries(sources).flatMap(([source, { feeds }]) =>
    Object.entries(feeds).map(([feed, status]): Labelled<FeedStatus> => [{ source, feed }, status]),
  );
}

function labelled<Thing>(label: string, things: Readonly<Record<string, Thing>>): readonly Labelled<Thing>[] {
  return Object.entries(things).map(([name, thing]) => [{ [label]: name }, thing]);
}

function byReason(labels: Labels, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([reason, count]) => [{ ...labels, reason }, count]);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
