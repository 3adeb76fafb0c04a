/** Metrics of sources and their feeds: how far each is read, and what the API says. */
import {
  byName,
  type FeedStatus,
  type Figure,
  type HistogramMetric,
  type Labelled,
  labelled,
  type Metric,
  over,
  type Sample,
  type Scraped,
  type SourceStatus,
  seconds,
  states,
} from './metric.ts';

type Health = FeedStatus['health'];
type Cause = NonNullable<FeedStatus['cause']>;

/** The compiler sees to it that none is missing. */
const HEALTHS: Readonly<Record<Health, true>> = {
  starting: true,
  ok: true,
  quiet: true,
  unsure: true,
  retrying: true,
  paused: true,
  waiting_for_room: true,
  stopped: true,
};

const CAUSES: Readonly<Record<Cause, true>> = {
  key_refused: true,
  scope_missing: true,
  address_refused: true,
  region: true,
  certificate_missing: true,
  logging_off: true,
  organization_mismatch: true,
  no_tenant: true,
  other_refusal: true,
  api_unreachable: true,
  api_in_trouble: true,
  rate_limited: true,
  unreadable: true,
  window_stuck: true,
  other_log: true,
  journal_full: true,
  journal_disk: true,
  clock_unsure: true,
  no_event_ever: true,
};

const FEED = ['source', 'feed'] as const;

const TIMES: readonly Figure<FeedStatus>[] = [
  {
    name: 'feed_complete_to_timestamp_seconds',
    help: 'Up to when all is journaled without a gap',
    query: 'time() - audit_relay_feed_complete_to_timestamp_seconds',
    value: (feed) => feed.completeTo,
  },
  {
    name: 'feed_last_answer_timestamp_seconds',
    help: 'When the API last gave a page; also while there is nothing new',
    query: 'time() - audit_relay_feed_last_answer_timestamp_seconds > 600',
    value: (feed) => seconds(feed.lastAnswerMs),
  },
  {
    name: 'feed_newest_event_timestamp_seconds',
    help: 'When the newest event happened',
    query: 'time() - audit_relay_feed_newest_event_timestamp_seconds',
    value: (feed) => seconds(feed.newestEventMs),
  },
  {
    name: 'feed_problem_since_timestamp_seconds',
    help: 'Since when requests or windows fail; absent while they do not',
    query: 'time() - audit_relay_feed_problem_since_timestamp_seconds',
    value: (feed) => seconds(feed.problemSinceMs),
  },
  {
    name: 'feed_start_timestamp_seconds',
    help: 'The start of the feed: nothing before it is asked for',
    query: 'time() - audit_relay_feed_start_timestamp_seconds',
    value: (feed) => feed.startSeconds,
  },
  {
    name: 'feed_backfill_remaining_seconds',
    help: 'How much of the past has still to be read, as a span of time',
    query: 'audit_relay_feed_backfill_remaining_seconds / -deriv(audit_relay_feed_backfill_remaining_seconds[15m])',
    value: (feed) => feed.backfillSeconds,
  },
];

const COUNTS: readonly Figure<FeedStatus>[] = [
  {
    name: 'feed_events_journaled_total',
    help: 'Events journaled',
    query: 'sum by (source) (rate(audit_relay_feed_events_journaled_total[5m]))',
    value: (feed) => feed.journaled,
  },
  {
    name: 'feed_events_duplicate_total',
    help: 'Events that were journaled already, as lookbacks overlap and a window of the past that proves too long is read again in halves; they are left out',
    query: 'rate(audit_relay_feed_events_duplicate_total[1h])',
    value: (feed) => feed.duplicates,
  },
  {
    name: 'feed_events_outside_window_total',
    help: 'Events that the API gave though they were not asked for',
    query: 'increase(audit_relay_feed_events_outside_window_total[1d]) > 0',
    value: (feed) => feed.outsideWindow,
  },
  {
    name: 'feed_malformed_records_total',
    help: 'Records without a usable id, which reach no sink',
    query: 'increase(audit_relay_feed_malformed_records_total[1d]) > 0',
    value: (feed) => feed.malformedRecords,
  },
  {
    name: 'feed_windows_total',
    help: 'Windows read to their end',
    query: 'rate(audit_relay_feed_windows_total[5m])',
    value: (feed) => feed.windows,
  },
  {
    name: 'feed_pages_in_vain_total',
    help: 'Pages of windows that had to be read once more',
    query: 'rate(audit_relay_feed_pages_in_vain_total[1h])',
    value: (feed) => feed.pagesInVain,
  },
  {
    name: 'feed_backfill_windows_total',
    help: 'Windows that backfill read',
    query: 'rate(audit_relay_feed_backfill_windows_total[5m])',
    value: (feed) => feed.backfillWindows,
  },
  {
    name: 'feed_backfill_events_total',
    help: 'Events that backfill read',
    query: 'rate(audit_relay_feed_backfill_events_total[5m])',
    value: (feed) => feed.backfillEvents,
  },
  {
    name: 'feed_requests_total',
    help: 'Requests sent to the API',
    query: 'sum by (source) (rate(audit_relay_feed_requests_total[5m]))',
    value: (feed) => feed.requests,
  },
];

const LATE: HistogramMetric = {
  name: 'feed_late_events_seconds',
  help: 'From an event to its being found, of those that were not there when their second was first read',
  query: 'histogram_quantile(0.99, sum by (le, source) (rate(audit_relay_feed_late_events_seconds_bucket[1d])))',
  labels: FEED,
  series: (scraped) => feeds(scraped).map(([labels, { late }]) => ({ labels, ...late, sum: late.sumSeconds })),
};

const SOURCE: readonly Figure<SourceStatus>[] = [
  {
    name: 'source_clock_offset_seconds',
    help: 'The API’s clock less this host’s',
    query: 'abs(audit_relay_source_clock_offset_seconds) > 60',
    value: ({ clockOffsetMs }) => seconds(clockOffsetMs),
  },
  {
    name: 'source_backfill_slots',
    help: 'Requests of backfill that may be on their way at once, as found so far',
    query: 'min by (source) (audit_relay_source_backfill_slots)',
    value: ({ backfillSlots }) => backfillSlots,
  },
];

export const FEED_METRICS: readonly Metric[] = [
  {
    name: 'feed_health',
    help: '1 for the health that the feed has, 0 for all others',
    query: 'audit_relay_feed_health{health="paused",feed="organization"} == 1',
    labels: [...FEED, 'health'],
    samples: (scraped) =>
      feeds(scraped).flatMap(([labels, { health }]) =>
        states('health', { labels, all: Object.keys(HEALTHS), now: health }),
      ),
  },
  {
    name: 'feed_cause',
    help: '1 for the reason why the feed is not well, 0 for all others; all 0 while nothing is wrong',
    query: 'audit_relay_feed_cause == 1',
    labels: [...FEED, 'cause'],
    samples: (scraped) =>
      feeds(scraped).flatMap(([labels, { cause }]) =>
        states('cause', { labels, all: Object.keys(CAUSES), now: cause }),
      ),
  },
  ...over(FEED, feeds, TIMES),
  {
    name: 'feed_lookback_scan_timestamp_seconds',
    help: 'When the last complete lookback scan began',
    query: 'time() - audit_relay_feed_lookback_scan_timestamp_seconds{lookback="sweep"} > 2 * 86400',
    labels: [...FEED, 'lookback'],
    samples: (scraped) =>
      feeds(scraped).flatMap(([labels, { passes }]) =>
        Object.entries(passes).map(([lookback, at]): Sample => [{ ...labels, lookback }, at]),
      ),
  },
  ...over(FEED, feeds, COUNTS),
  {
    name: 'feed_conditions_total',
    help: 'What is odd about the API and is coped with',
    query: 'sum by (source, reason) (increase(audit_relay_feed_conditions_total[1d])) > 0',
    labels: [...FEED, 'reason'],
    samples: (scraped) => feeds(scraped).flatMap(([labels, { conditions }]) => byName('reason', labels, conditions)),
  },
  LATE,
  {
    name: 'source_request_failures_total',
    help: 'Requests that brought no page, by what came back',
    query: 'sum by (source, reason) (rate(audit_relay_source_request_failures_total[5m])) > 0',
    labels: ['source', 'reason'],
    samples: ({ status }) =>
      labelled('source', status.sources).flatMap(([labels, { failures }]) => byName('reason', labels, failures)),
  },
  ...over(['source'], ({ status }) => labelled('source', status.sources), SOURCE),
];

function feeds({ status: { sources } }: Scraped): readonly Labelled<FeedStatus>[] {
  return Object.entries(sources).flatMap(([source, { feeds: all }]) =>
    Object.entries(all).map(([feed, status]): Labelled<FeedStatus> => [{ source, feed }, status]),
  );
}
