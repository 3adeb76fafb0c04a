/**
 * What `/metrics` shows: every metric with its samples, made from one status. How that becomes text is in
 * `metrics.ts`.
 */
import type { RelayStatus } from '@audit-relay/core';
import type { Series } from './filled-histogram.ts';

type Labels = Readonly<Record<string, string>>;
type Labelled<Thing> = readonly [labels: Labels, thing: Thing];
/** One value with its labels; unknown values are left out. */
export type Sample = Labelled<number | undefined>;
type SourceStatus = RelayStatus['sources'][string];
type FeedStatus = NonNullable<SourceStatus['feeds']['organization']>;
type LaneStatus = RelayStatus['lanes'][string];
type LaneStats = RelayStatus['journal']['lanes'][string];

/** A metric. Its name comes after `audit_relay_`; one that ends in `_total` is a counter, any other a gauge. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A metric whose samples are distributions. */
export interface Distribution {
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series[];
}

/** What runs the relay; taken by the caller so that all this stays pure. */
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

/** Every metric but the distributions. */
export function familiesOf(status: RelayStatus, process: ProcessFigures): readonly Family[] {
  const { name, version, startedMs, drift } = status;
  return [
    { name: 'info', help: 'The relay', samples: [[{ name, version }, 1]] },
    { name: 'start_time_seconds', help: 'Start, since the epoch', samples: [[{}, seconds(startedMs)]] },
    ...feedFamilies(labelledFeeds(status)),
    ...sourceFamilies(labelled('source', status.sources)),
    ...sinkFamilies(labelled('sink', status.lanes)),
    ...journalFamilies(status.journal),
    {
      name: 'drift_unknown_type_events_total',
      help: 'Events of a type that is not known',
      samples: labelled('type', drift.types),
    },
    { name: 'drift_unknown_field_total', help: 'Fields that are not known', samples: labelled('field', drift.fields) },
    ...over(PROCESS_METRICS, [[{}, process]]),
  ];
}

/** Every distribution. */
export function distributionsOf(status: RelayStatus): readonly Distribution[] {
  const series = labelledFeeds(status).map(([labels, { late }]) => ({ labels, sum: late.sumSeconds, ...late }));
  const help = 'From an event to its being found, of those that were not there when their second was first read';
  return [{ name: 'feed_late_events_seconds', help, series }];
}

function feedFamilies(feeds: readonly Labelled<FeedStatus>[]): readonly Family[] {
  return [
    {
      name: 'feed_health',
      help: 'Health as a label',
      samples: feeds.map(([labels, { health }]) => [{ ...labels, health }, 1]),
    },
    ...over(FEED_METRICS, feeds),
    {
      name: 'feed_pass_seconds',
      help: 'Begin of the last complete pass of a band, since the epoch',
      samples: feeds.flatMap(([labels, { passes }]) =>
        Object.entries(passes).map(([band, at]): Sample => [{ ...labels, band }, at]),
      ),
    },
    {
      name: 'feed_conditions_total',
      help: 'What is odd about the API and is coped with',
      samples: feeds.flatMap(([labels, { conditions }]) => byReason(labels, conditions)),
    },
  ];
}

function sourceFamilies(sources: readonly Labelled<SourceStatus>[]): readonly Family[] {
  return [
    {
      name: 'source_request_failures_total',
      help: 'Answers without a page',
      samples: sources.flatMap(([labels, { failures }]) => byReason(labels, failures)),
    },
    {
      name: 'source_clock_offset_seconds',
      help: 'The API’s clock less ours',
      samples: sources.map(([labels, { clockOffsetMs }]) => [labels, seconds(clockOffsetMs)]),
    },
    {
      name: 'source_backfill_slots',
      help: 'Requests of backfill at once, as found so far',
      samples: sources.map(([labels, { backfillSlots }]) => [labels, backfillSlots]),
    },
  ];
}

function sinkFamilies(sinks: readonly Labelled<LaneStatus>[]): readonly Family[] {
  return [
    {
      name: 'sink_health',
      help: 'Health as a label',
      samples: sinks.map(([labels, { type, health }]) => [{ ...labels, type, health }, 1]),
    },
    ...over(LANE_METRICS, sinks),
    {
      name: 'sink_events_excluded_by_rule_total',
      help: 'Events that the sink left out by a rule of its own',
      samples: sinks.flatMap(([labels, { excludedByRule }]) =>
        Object.entries(excludedByRule).map(([rule, count]): Sample => [{ ...labels, rule }, count]),
      ),
    },
    {
      name: 'sink_send_failures_total',
      help: 'Batches not acked',
      samples: sinks.flatMap(([labels, { failures }]) => byReason(labels, failures)),
    },
    {
      name: 'sink_notes_total',
      help: 'What the sink itself counts',
      samples: sinks.flatMap(([labels, { counts }]) => byReason(labels, counts)),
    },
  ];
}

function journalFamilies(journal: RelayStatus['journal']): readonly Family[] {
  return [
    ...over(BEHIND_METRICS, labelled('sink', journal.lanes)),
    {
      name: 'sink_law_events',
      help: 'What has become of each journaled event: journaled is the sum of the others',
      samples: labelled('sink', journal.lanes).flatMap(([labels, { law }]) => lawSamples(labels, law)),
    },
    ...over(JOURNAL_METRICS, [[{}, journal]]),
    { name: 'journal_dead_letters', help: 'Dead letters held', samples: labelled('sink', journal.deadLetters) },
    {
      name: 'journal_dead_letters_retrying',
      help: 'Dead letters that are asked to go again',
      samples: labelled('sink', journal.retrying),
    },
    {
      name: 'journal_dead_letters_retried_total',
      help: 'Dead letters that went again and left, by what became of them',
      samples: labelled('sink', journal.retried).flatMap(([labels, counts]) => byReason(labels, counts)),
    },
    {
      name: 'journal_dead_letters_dropped_total',
      help: 'Dead letters that somebody dropped',
      samples: labelled('sink', journal.dropped),
    },
    {
      name: 'journal_oddities',
      help: 'Records held that cannot be an event',
      samples: labelled('source', journal.oddities),
    },
  ];
}

function lawSamples(labels: Labels, law: LaneStats['law']): readonly Sample[] {
  if (law === undefined) return [];
  const { journaled, acked, deadLettered, excluded, held } = law;
  const left = Object.values(excluded).reduce((sum, count) => sum + count, 0);
  const parts = { journaled, acked, dead_lettered: deadLettered, excluded: left, held };
  return Object.entries(parts).map(([part, count]) => [{ ...labels, part }, count]);
}

function over<Thing>(metrics: readonly Metric<Thing>[], things: readonly Labelled<Thing>[]): readonly Family[] {
  return metrics.map(({ name, help, value }) => ({
    name,
    help,
    samples: things.map(([labels, thing]) => [labels, value(thing)]),
  }));
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
