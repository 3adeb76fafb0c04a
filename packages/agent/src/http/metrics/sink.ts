/** Metrics of sinks: how each fares, how far it is behind, and how long events take to it. */
import {
  byName,
  type Figure,
  type Labelled,
  type LaneStatus,
  labelled,
  type Metric,
  over,
  type Scraped,
  seconds,
  states,
} from './metric.ts';

/** The compiler sees to it that none is missing. */
const HEALTHS: Readonly<Record<LaneStatus['health'], true>> = {
  starting: true,
  ok: true,
  retrying: true,
  blocked: true,
  stopped: true,
  standby: true,
};

const COUNTS: readonly Figure<LaneStatus>[] = [
  {
    name: 'sink_events_acked_total',
    help: 'Events that the peer has',
    query: 'sum by (sink) (rate(audit_relay_sink_events_acked_total[5m]))',
    value: (lane) => lane.acked,
  },
  {
    name: 'sink_events_dead_lettered_total',
    help: 'Events that the peer never takes, set aside with the reason',
    query: 'increase(audit_relay_sink_events_dead_lettered_total[1h]) > 0',
    value: (lane) => lane.deadLettered,
  },
  {
    name: 'sink_events_excluded_total',
    help: 'Events that `when` left out',
    query: 'rate(audit_relay_sink_events_excluded_total[5m])',
    value: (lane) => lane.excluded,
  },
  {
    name: 'sink_filter_errors_total',
    help: 'Events that passed as `when` could not decide about them',
    query: 'increase(audit_relay_sink_filter_errors_total[1d]) > 0',
    value: (lane) => lane.filterErrors,
  },
  {
    name: 'sink_sends_total',
    help: 'Batches sent',
    query: 'rate(audit_relay_sink_events_acked_total[5m]) / rate(audit_relay_sink_sends_total[5m])',
    value: (lane) => lane.sends,
  },
  {
    name: 'sink_events_replayed_total',
    help: 'Events sent that may have been sent before',
    query: 'increase(audit_relay_sink_events_replayed_total[1h])',
    value: (lane) => lane.replayed,
  },
];

const GAUGES: readonly Figure<LaneStatus>[] = [
  {
    name: 'sink_batches_in_flight',
    help: 'Batches on their way',
    query: 'audit_relay_sink_batches_in_flight',
    value: (lane) => lane.inFlightBatches,
  },
  {
    name: 'sink_events_held',
    help: 'Events read from the journal and not settled',
    query: 'audit_relay_sink_events_held',
    value: (lane) => lane.heldEntries,
  },
  {
    name: 'sink_events_parked',
    help: 'Single events that wait to be sent again while others pass them',
    query: 'audit_relay_sink_events_parked > 0',
    value: (lane) => lane.parked,
  },
  {
    name: 'sink_concurrency_limit',
    help: 'Batches that may be on their way at once, as the peer bears them now',
    query: 'min by (sink) (audit_relay_sink_concurrency_limit)',
    value: (lane) => lane.concurrency,
  },
  {
    name: 'sink_unacked_bytes',
    help: 'Bytes of documents that are sent and not confirmed, where the sink bounds them; at the bound it waits',
    query: 'audit_relay_sink_unacked_bytes',
    value: (lane) => lane.unackedBytes,
  },
  {
    name: 'sink_problem_since_timestamp_seconds',
    help: 'Since when it is retried, blocked or stopped; absent while it is well',
    query: 'time() - audit_relay_sink_problem_since_timestamp_seconds',
    value: (lane) => seconds(lane.problemSinceMs),
  },
  {
    name: 'sink_last_ack_timestamp_seconds',
    help: 'When the peer last took an event',
    query: 'time() - audit_relay_sink_last_ack_timestamp_seconds',
    value: (lane) => seconds(lane.lastAckMs),
  },
  {
    name: 'sink_newest_acked_event_timestamp_seconds',
    help: 'When the newest event that the peer has happened',
    query: 'time() - audit_relay_sink_newest_acked_event_timestamp_seconds',
    value: (lane) => seconds(lane.newestAckedEventMs),
  },
];

const DELIVERY = 'sink_delivery_duration_seconds';

export const SINK_METRICS: readonly Metric[] = [
  {
    name: 'sink_health',
    help: '1 for the health that the sink has, 0 for all others',
    query: 'audit_relay_sink_health{health=~"blocked|stopped"} == 1',
    labels: ['sink', 'type', 'health'],
    samples: (scraped) =>
      lanes(scraped).flatMap(([of, { type, health }]) =>
        states('health', { labels: { ...of, type }, all: Object.keys(HEALTHS), now: health }),
      ),
  },
  {
    name: DELIVERY,
    help: 'From an event’s time to its ack, by phase: live, backfill (it happened before this process began), replay (it may have been sent before)',
    query: `histogram_quantile(0.95, sum by (le, sink) (rate(audit_relay_${DELIVERY}_bucket{phase="live"}[1h])))`,
    labels: ['sink', 'phase'],
    series: (scraped) =>
      lanes(scraped).flatMap(([of, { delivery }]) =>
        Object.entries(delivery).map(([phase, { count, sumSeconds, buckets }]) => ({
          labels: { ...of, phase },
          count,
          sum: sumSeconds,
          buckets,
        })),
      ),
  },
  ...over(['sink'], lanes, COUNTS),
  ...over(['sink'], lanes, GAUGES),
  {
    name: 'sink_events_excluded_by_rule_total',
    help: 'Events that the sink left out by a rule of its own',
    query: 'sum by (sink, rule) (increase(audit_relay_sink_events_excluded_by_rule_total[1d])) > 0',
    labels: ['sink', 'rule'],
    samples: (scraped) => lanes(scraped).flatMap(([of, { excludedByRule }]) => byName('rule', of, excludedByRule)),
  },
  {
    name: 'sink_send_failures_total',
    help: 'Batches that were not wholly acked, by what came of them',
    query: 'sum by (sink, reason) (rate(audit_relay_sink_send_failures_total[5m])) > 0',
    labels: ['sink', 'reason'],
    samples: (scraped) => lanes(scraped).flatMap(([of, { failures }]) => byName('reason', of, failures)),
  },
  {
    name: 'sink_notes_total',
    help: 'What the sink itself counts, such as `duplicate`',
    query: 'sum by (sink, reason) (increase(audit_relay_sink_notes_total[1d])) > 0',
    labels: ['sink', 'reason'],
    samples: (scraped) => lanes(scraped).flatMap(([of, { counts }]) => byName('reason', of, counts)),
  },
];

function lanes({ status }: Scraped): readonly Labelled<LaneStatus>[] {
  return labelled('sink', status.lanes);
}
