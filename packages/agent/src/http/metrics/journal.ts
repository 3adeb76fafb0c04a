/** Metrics of the journal: its room, what each sink has still to take of it, and what was set aside. */
import type { RelayStatus } from '@audit-relay/core';
import {
  byName,
  type Figure,
  type Labelled,
  type Labels,
  type LaneStats,
  labelled,
  type Metric,
  over,
  type Sample,
  type Scraped,
  seconds,
} from './metric.ts';

type JournalStatus = RelayStatus['journal'];

const BEHIND: readonly Figure<LaneStats>[] = [
  {
    name: 'sink_events_behind',
    help: 'Journaled events that the sink’s cursor has not passed',
    query: 'sum by (sink) (audit_relay_sink_events_behind)',
    value: (lane) => lane.behindEntries,
  },
  {
    name: 'sink_behind_since_timestamp_seconds',
    help: 'When the oldest of those was received; absent while the sink has everything',
    query: 'time() - audit_relay_sink_behind_since_timestamp_seconds > 900',
    value: (lane) => seconds(lane.behindSinceMs),
  },
];

const ROOM: readonly Figure<JournalStatus>[] = [
  {
    name: 'journal_size_bytes',
    help: 'What the journal holds',
    query: 'audit_relay_journal_size_bytes / audit_relay_journal_limit_bytes',
    value: (journal) => journal.bytes,
  },
  {
    name: 'journal_limit_bytes',
    help: 'What it may hold: `journal.max_bytes`',
    query: 'audit_relay_journal_limit_bytes',
    value: (journal) => journal.maxBytes,
  },
  {
    name: 'journal_pinned_bytes',
    help: 'What may not leave: some sink has not passed it, or it is a dead letter',
    query: 'audit_relay_journal_pinned_bytes / audit_relay_journal_limit_bytes > 0.5',
    value: (journal) => journal.pinnedBytes,
  },
  {
    name: 'journal_entries',
    help: 'Entries held',
    query: 'audit_relay_journal_entries',
    value: (journal) => journal.entries,
  },
  {
    name: 'journal_oldest_received_timestamp_seconds',
    help: 'When the oldest entry held was received',
    query: 'time() - audit_relay_journal_oldest_received_timestamp_seconds',
    value: (journal) => seconds(journal.oldestReceivedMs),
  },
  {
    name: 'journal_full',
    help: '1 while a source waits for room',
    query: 'audit_relay_journal_full == 1',
    value: ({ fullBecauseOf }) => (fullBecauseOf === undefined ? 0 : 1),
  },
  {
    name: 'journal_unwritable',
    help: '1 while the disk does not take events: it is full, over its quota, read-only or unwell',
    query: 'audit_relay_journal_unwritable == 1',
    value: ({ unwritable }) => (unwritable === undefined ? 0 : 1),
  },
  {
    name: 'journal_set_aside',
    help: 'Damaged journals that stand aside until somebody takes them away',
    query: 'audit_relay_journal_set_aside > 0',
    value: ({ setAside = [] }) => setAside.length,
  },
];

export const JOURNAL_METRICS: readonly Metric[] = [
  ...over(['sink'], stats, BEHIND),
  {
    name: 'sink_law_events',
    help: 'What has become of each journaled event, durable: journaled is the sum of the others, unless some are missing',
    query:
      'audit_relay_sink_law_events{part="journaled"} - ignoring(part) sum without(part) (audit_relay_sink_law_events{part!="journaled"})',
    labels: ['sink', 'part'],
    samples: (scraped) => stats(scraped).flatMap(([labels, { law }]) => lawSamples(labels, law)),
  },
  {
    name: 'sink_law_excluded_events',
    help: 'The excluded ones of those, by `when` or the name of the sink’s own rule',
    query: 'sum by (sink, rule) (audit_relay_sink_law_excluded_events)',
    labels: ['sink', 'rule'],
    samples: (scraped) => stats(scraped).flatMap(([labels, { law }]) => byName('rule', labels, law?.excluded ?? {})),
  },
  {
    name: 'sink_law_missing_events',
    help: 'Journaled events that are in none of those parts: `gone` from the journal before the sink had them, or `unreadable` where it goes on',
    query: 'audit_relay_sink_law_missing_events > 0',
    labels: ['sink', 'reason'],
    samples: (scraped) => stats(scraped).flatMap(([labels, { law }]) => missingSamples(labels, law)),
  },
  ...over([], ({ status }) => [[{}, status.journal]], ROOM),
  {
    name: 'journal_dead_letters',
    help: 'Dead letters held',
    query: 'audit_relay_journal_dead_letters > 0',
    labels: ['sink'],
    samples: (scraped) => ofEachSink(scraped, ({ deadLetters }) => deadLetters),
  },
  {
    name: 'journal_dead_letters_retrying',
    help: 'Dead letters that are asked to go again',
    query: 'audit_relay_journal_dead_letters_retrying > 0',
    labels: ['sink'],
    samples: (scraped) => ofEachSink(scraped, ({ retrying }) => retrying),
  },
  {
    name: 'journal_dead_letters_retried_total',
    help: 'Dead letters that went again and left, by what became of them',
    query: 'sum by (sink, reason) (audit_relay_journal_dead_letters_retried_total)',
    labels: ['sink', 'reason'],
    samples: ({ status }) =>
      labelled('sink', status.journal.retried).flatMap(([labels, counts]) => byName('reason', labels, counts)),
  },
  {
    name: 'journal_dead_letters_dropped_total',
    help: 'Dead letters that somebody dropped',
    query: 'increase(audit_relay_journal_dead_letters_dropped_total[1d]) > 0',
    labels: ['sink'],
    samples: (scraped) => ofEachSink(scraped, ({ dropped }) => dropped),
  },
  {
    name: 'replay_entries_left',
    help: 'Entries that the replay under way has still to look at; absent while there is none',
    query: 'audit_relay_replay_entries_left',
    labels: ['sink'],
    samples: ({ status }) =>
      labelled('sink', status.journal.replays).flatMap(([labels, { entries, passed, endedMs }]): readonly Sample[] =>
        endedMs === undefined ? [[labels, entries - passed]] : [],
      ),
  },
  {
    name: 'replay_events_total',
    help: 'Events of replays that are done with, by what became of them, durable',
    query: 'sum by (sink, reason) (increase(audit_relay_replay_events_total[1h]))',
    labels: ['sink', 'reason'],
    samples: ({ status }) =>
      labelled('sink', status.journal.replayed).flatMap(([labels, counts]) => byName('reason', labels, counts)),
  },
  {
    name: 'journal_malformed_records',
    help: 'Records held that cannot be an event',
    query: 'audit_relay_journal_malformed_records > 0',
    labels: ['source'],
    samples: ({ status }) => labelled('source', status.journal.malformedRecords),
  },
  {
    name: 'journal_malformed_records_dropped_total',
    help: 'Records that cannot be an event and that somebody dropped',
    query: 'increase(audit_relay_journal_malformed_records_dropped_total[1d]) > 0',
    labels: ['source'],
    samples: ({ status: { sources, journal } }) => {
      const none = Object.fromEntries(Object.keys(sources).map((source) => [source, 0]));
      return labelled('source', { ...none, ...journal.droppedMalformedRecords });
    },
  },
];

function stats({ status }: Scraped): readonly Labelled<LaneStats>[] {
  return labelled('sink', status.journal.lanes);
}

/** A sink without any counts none; one that is configured no more may have some. */
function ofEachSink(
  { status: { lanes, journal } }: Scraped,
  countsOf: (journal: JournalStatus) => Readonly<Record<string, number>>,
): readonly Sample[] {
  const none = Object.fromEntries(Object.keys(lanes).map((sink) => [sink, 0]));
  return labelled('sink', { ...none, ...countsOf(journal) });
}

function lawSamples(labels: Labels, law: LaneStats['law']): readonly Sample[] {
  if (law === undefined) return [];
  const { journaled, acked, deadLettered, excluded, held } = law;
  const left = Object.values(excluded).reduce((sum, count) => sum + count, 0);
  const parts = { journaled, acked, dead_lettered: deadLettered, excluded: left, held };
  return Object.entries(parts).map(([part, count]) => [{ ...labels, part }, count]);
}

function missingSamples(labels: Labels, law: LaneStats['law']): readonly Sample[] {
  return law === undefined ? [] : byName('reason', labels, { gone: law.gone ?? 0, unreadable: law.unreadable ?? 0 });
}
