import { expect, test } from 'vitest';
import { RELAY_STATUS } from '../../status/relay-status.test.fixture.ts';
import { METRICS } from './catalogue.ts';
import { MOST_NAMES } from './metric.ts';
import { type Exposition, metricsText } from './text.ts';

async function linesAs(exposition: Exposition, status = RELAY_STATUS): Promise<readonly string[]> {
  const { body } = await metricsText(exposition, status, { cpuSeconds: 1.5, residentBytes: 1_000 });
  return body.split('\n');
}

const lines = await linesAs('openmetrics');

const shown: readonly [name: string, line: string][] = [
  ['the version', 'audit_relay_build_info{name="audit-relay",version="0.1.0"} 1'],
  [
    'how far a feed is, in seconds',
    'audit_relay_feed_complete_to_timestamp_seconds{source="acme",feed="organization"} 1790000100',
  ],
  [
    'milliseconds as seconds',
    'audit_relay_feed_last_answer_timestamp_seconds{source="acme",feed="organization"} 1790000101.5',
  ],
  ['counters with their suffix', 'audit_relay_feed_events_journaled_total{source="acme",feed="organization"} 40'],
  ['health as a label', 'audit_relay_feed_health{source="acme",feed="tenant",health="paused"} 1'],
  ['all other healths as 0', 'audit_relay_feed_health{source="acme",feed="tenant",health="ok"} 0'],
  ['why', 'audit_relay_feed_cause{source="acme",feed="tenant",cause="scope_missing"} 1'],
  ['and why not', 'audit_relay_feed_cause{source="acme",feed="organization",cause="scope_missing"} 0'],
  ['since when', 'audit_relay_feed_problem_since_timestamp_seconds{source="acme",feed="tenant"} 1790000070'],
  ['since when a sink is ill', 'audit_relay_sink_problem_since_timestamp_seconds{sink="siem"} 1790000080'],
  [
    'how long live events take',
    'audit_relay_sink_delivery_duration_seconds_bucket{sink="siem",phase="live",le="15"} 1',
  ],
  [
    'the same of the past, apart',
    'audit_relay_sink_delivery_duration_seconds_sum{sink="siem",phase="backfill"} 900000',
  ],
  ['what was excluded, by rule', 'audit_relay_sink_law_excluded_events{sink="siem",rule="when"} 5'],
  ['failures by reason', 'audit_relay_source_request_failures_total{source="acme",reason="http_429"} 2'],
  [
    'what is odd about the API',
    'audit_relay_feed_conditions_total{source="acme",feed="organization",reason="order_ascending"} 2',
  ],
  [
    'when a lookback was last read',
    'audit_relay_feed_lookback_scan_timestamp_seconds{source="acme",feed="organization",lookback="overlap"} 1790000000',
  ],
  ['how late events were', 'audit_relay_feed_late_events_seconds_bucket{source="acme",feed="organization",le="10"} 1'],
  ['all that were late', 'audit_relay_feed_late_events_seconds_bucket{source="acme",feed="organization",le="+Inf"} 2'],
  ['a negative offset', 'audit_relay_source_clock_offset_seconds{source="acme"} -0.25'],
  ['what a sink has', 'audit_relay_sink_events_acked_total{sink="siem"} 30'],
  ['what a sink counts itself', 'audit_relay_sink_notes_total{sink="siem",reason="duplicate"} 6'],
  ['the law of the journal', 'audit_relay_sink_law_events{sink="siem",part="excluded"} 9'],
  ['that nothing is missing', 'audit_relay_sink_law_missing_events{sink="siem",reason="gone"} 0'],
  ['what a sink leaves out itself', 'audit_relay_sink_events_excluded_by_rule_total{sink="siem",rule="old"} 4'],
  ['how far a sink is behind', 'audit_relay_sink_events_behind{sink="siem"} 3'],
  ['since when', 'audit_relay_sink_behind_since_timestamp_seconds{sink="siem"} 1790000095'],
  ['dead letters', 'audit_relay_journal_dead_letters{sink="siem"} 2'],
  ['what a replay has still to look at', 'audit_relay_replay_entries_left{sink="siem"} 30'],
  ['what replays came to', 'audit_relay_replay_events_total{sink="siem",reason="acked"} 8'],
  ['those that were dropped', 'audit_relay_journal_dead_letters_dropped_total{sink="siem"} 4'],
  ['records without an id', 'audit_relay_journal_malformed_records{source="acme"} 1'],
  ['those of them that were dropped', 'audit_relay_journal_malformed_records_dropped_total{source="acme"} 2'],
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
  expect(lines.filter((line) => /^audit_relay_feed_complete_to_timestamp_seconds\{.*tenant/.test(line))).toEqual([]);
});

test('what is gone or unreadable stands beside the law’s parts, which then do not add up', async () => {
  const law = { journaled: 9, acked: 1, deadLettered: 0, excluded: {}, held: 3, gone: 4, unreadable: 1 };
  const journal = { ...RELAY_STATUS.journal, lanes: { siem: { behindEntries: 8, law } } };
  const of = (await linesAs('openmetrics', { ...RELAY_STATUS, journal })).filter((line) => line.includes('_sink_law_'));
  expect(of.filter((line) => !line.startsWith('#')).map((line) => line.replace(/^audit_relay_sink_law_/, ''))).toEqual([
    'events{sink="siem",part="journaled"} 9',
    'events{sink="siem",part="acked"} 1',
    'events{sink="siem",part="dead_lettered"} 0',
    'events{sink="siem",part="excluded"} 0',
    'events{sink="siem",part="held"} 3',
    'missing_events{sink="siem",reason="gone"} 4',
    'missing_events{sink="siem",reason="unreadable"} 1',
  ]);
});

test('names have a unit or count something, and none is written twice', () => {
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' ')[0]);
  expect(new Set(samples).size).toBe(samples.length);
});

test('plain text has the same samples, with the types that it knows', async () => {
  const samplesOf = (all: readonly string[]): readonly string[] =>
    all.filter((line) => line.startsWith('audit_relay_'));
  const plain = await linesAs('plain');
  expect(samplesOf(plain)).toEqual(samplesOf(lines));
  expect(plain).not.toContain('# EOF');
  // OpenMetrics names the family of a counter without its suffix.
  expect(plain).toContain('# TYPE audit_relay_sink_events_acked_total counter');
  expect(lines).toContain('# TYPE audit_relay_sink_events_acked counter');
});

test('names that come from outside make a bounded number of series, and lose no count', async () => {
  const [siem] = Object.values(RELAY_STATUS.lanes);
  if (siem === undefined) throw new Error('the fixture has no sink');
  const counts = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`note-${index}`, 2]));
  const all = await linesAs('openmetrics', { ...RELAY_STATUS, lanes: { siem: { ...siem, counts } } });
  const notes = all.filter((line) => line.startsWith('audit_relay_sink_notes_total{'));
  expect(notes).toHaveLength(MOST_NAMES + 1);
  expect(notes.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(2_000);
});

test.each(METRICS)('$name has a meaning, and a query that asks for a metric of ours', ({ help, query }) => {
  expect(help).toMatch(/^[A-Z1].*[^.]$/);
  const asked = [...query.matchAll(/audit_relay_(\w+?)(?:_bucket)?\b/g)].map(([, name]) => name);
  expect(METRICS.map(({ name }) => name)).toEqual(expect.arrayContaining(asked));
  expect(asked.length).toBeGreaterThan(0);
});
