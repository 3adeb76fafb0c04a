import { expect, test } from 'vitest';
import { RELAY_STATUS } from '../relay-status.test.fixture.ts';
import { metricsText } from './metrics.ts';

const lines = (await metricsText(RELAY_STATUS, { cpuSeconds: 1.5, residentBytes: 1_000 })).split('\n');

const shown: readonly [name: string, line: string][] = [
  ['the version', 'audit_relay_info{name="audit-relay",version="0.1.0"} 1'],
  [
    'how far a feed is, in seconds',
    'audit_relay_feed_complete_to_seconds{source="acme",feed="organization"} 1790000100',
  ],
  ['milliseconds as seconds', 'audit_relay_feed_last_answer_seconds{source="acme",feed="organization"} 1790000101.5'],
  ['counters with their suffix', 'audit_relay_feed_events_journaled_total{source="acme",feed="organization"} 40'],
  ['health as a label', 'audit_relay_feed_health{source="acme",feed="tenant",health="paused"} 1'],
  ['failures by reason', 'audit_relay_source_request_failures_total{source="acme",reason="http_429"} 2'],
  [
    'what is odd about the API',
    'audit_relay_feed_conditions_total{source="acme",feed="organization",reason="order_ascending"} 2',
  ],
  [
    'when a band was last read',
    'audit_relay_feed_pass_seconds{source="acme",feed="organization",band="overlap"} 1790000000',
  ],
  ['how late events were', 'audit_relay_feed_late_events_seconds_bucket{source="acme",feed="organization",le="10"} 1'],
  ['all that were late', 'audit_relay_feed_late_events_seconds_bucket{source="acme",feed="organization",le="+Inf"} 2'],
  ['a negative offset', 'audit_relay_source_clock_offset_seconds{source="acme"} -0.25'],
  ['what a sink has', 'audit_relay_sink_events_acked_total{sink="siem"} 30'],
  ['what a sink counts itself', 'audit_relay_sink_notes_total{sink="siem",reason="duplicate"} 6'],
  ['the law of the journal', 'audit_relay_sink_law_events{sink="siem",part="excluded"} 9'],
  ['what a sink leaves out itself', 'audit_relay_sink_events_excluded_by_rule_total{sink="siem",rule="old"} 4'],
  ['how far a sink is behind', 'audit_relay_sink_events_behind{sink="siem"} 3'],
  ['since when', 'audit_relay_sink_behind_since_seconds{sink="siem"} 1790000095'],
  ['dead letters', 'audit_relay_journal_dead_letters{sink="siem"} 2'],
  ['those that were dropped', 'audit_relay_journal_dead_letters_dropped_total{sink="siem"} 4'],
  ['those that went again', 'audit_relay_journal_dead_letters_retried_total{sink="siem",reason="acked"} 3'],
  ['a journal with room', 'audit_relay_journal_full 0'],
  ['what is new in the API, by its name', 'audit_relay_drift_unknown_type_events_total{type="widget.created"} 4'],
  ['new fields by their path', 'audit_relay_drift_unknown_field_total{field="actor.device"} 2'],
  ['the process', 'audit_relay_process_cpu_seconds_total 1.5'],
  ['the end that OpenMetrics wants', '# EOF'],
];
test.each(shown)('shows %s', (_, line) => {
  expect(lines).toContain(line);
});

test('leaves out what is not known, and writes no 0 for it', () => {
  expect(lines.filter((line) => /^audit_relay_feed_complete_to_seconds\{.*tenant/.test(line))).toEqual([]);
});

test('names have a unit or count something, and none is written twice', () => {
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' ')[0]);
  expect(new Set(samples).size).toBe(samples.length);
});
