/** A status in which nothing is absent and nothing is 0: whoever shows a status is asked whether it shows each of its fields. */
import type { RelayStatus } from '@audit-relay/core';

/** Nothing optional: a field that a status gets later is in the fixture too, or it does not compile. */
type Whole<T> = T extends readonly unknown[] | string | number | boolean
  ? T
  : { readonly [K in keyof T]-?: Whole<NonNullable<T[K]>> };

const FEED = {
  health: 'retrying',
  problem: 'HTTP 502: the API is in trouble',
  cause: 'api_in_trouble',
  problemSinceMs: 1_790_000_070_000,
  completeTo: 1_790_000_100,
  startSeconds: 1_789_000_000,
  backfillSeconds: 3_600,
  gaps: [{ from: 1_789_000_500, to: 1_789_000_560 }],
  backfillWindows: 4,
  backfillEvents: 30,
  passes: { overlap: 1_790_000_000, sweep: 1_789_900_000 },
  lastAnswerMs: 1_790_000_101_500,
  newestEventMs: 1_790_000_099_000,
  journaled: 40,
  duplicates: 3,
  malformedRecords: 1,
  outsideWindow: 6,
  conditions: { order_ascending: 2 },
  late: { count: 2, sumSeconds: 95, maxSeconds: 90, buckets: [{ upTo: 120, count: 2 }] },
  pagesInVain: 5,
  windows: 9,
  requests: 10,
} as const;

const PHASE = { count: 3, sumSeconds: 70, buckets: [{ upTo: 60, count: 3 }] };

export const EVERYTHING: Whole<RelayStatus> = {
  name: 'acme-relay',
  version: '0.1.0',
  startedMs: 1_790_000_000_000,
  configuration: {
    hash: '0123456789ab',
    sinceMs: 1_790_000_050_000,
    applied: 2,
    refused: 1,
    refusal: { sinceMs: 1_790_000_060_000, code: 'SOURCE_RENAMED', problem: 'give it its old name back' },
  },
  sources: {
    acme: {
      requests: 12,
      failures: { http_429: 2 },
      backfillSlots: 4,
      clockOffsetMs: -250_000,
      feeds: { organization: FEED, tenant: FEED },
    },
  },
  lanes: {
    siem: {
      health: 'blocked',
      problem: 'HTTP 401: check the token',
      problemSinceMs: 1_790_000_080_000,
      type: 'splunk-hec',
      format: 'ecs',
      acked: 30,
      deadLettered: 2,
      excluded: 5,
      excludedByRule: { old: 4 },
      exclusions: [{ name: 'old', events: 'events older than 18 h (old_events: exclude)', maxAgeMs: 64_800_000 }],
      filterErrors: 7,
      inFlightBatches: 1,
      heldEntries: 3,
      parked: 11,
      concurrency: 4,
      unackedBytes: 3 * 2 ** 20,
      sends: 8,
      replayed: 9,
      failures: { blocked: 1 },
      counts: { duplicate: 6 },
      delivery: { live: PHASE, backfill: PHASE, replay: PHASE },
      lastAckMs: 1_790_000_090_000,
      newestAckedEventMs: 1_790_000_085_000,
    },
  },
  journal: {
    bytes: 3 * 2 ** 20,
    maxBytes: 2 ** 31,
    pinnedBytes: 2 ** 20,
    entries: 40,
    oldestReceivedMs: 1_789_950_000_000,
    fullBecauseOf: 'siem',
    unwritable: { code: 'DISK_FULL', problem: 'no space left for the journal', sinceMs: 1_790_000_097_000 },
    setAside: [
      { path: '/data/set-aside/1', bytes: 2 ** 20, atMs: 1_789_000_000_000, code: 'JOURNAL_DAMAGED', problem: 'torn' },
    ],
    lanes: {
      siem: {
        behindEntries: 3,
        behindSinceMs: 1_790_000_095_000,
        law: {
          journaled: 51,
          acked: 30,
          deadLettered: 2,
          excluded: { when: 5, old: 4 },
          held: 3,
          gone: 6,
          unreadable: 1,
        },
      },
    },
    deadLetters: { siem: 2 },
    retrying: { siem: 1 },
    retried: { siem: { acked: 3 } },
    dropped: { siem: 4 },
    malformedRecords: { acme: 1 },
    droppedMalformedRecords: { acme: 2 },
    replays: {
      siem: {
        fromMs: 1_789_900_000_000,
        toMs: 1_790_000_000_000,
        overwrite: true,
        askedMs: 1_790_000_050_000,
        endedMs: 1_790_000_060_000,
        entries: 40,
        passed: 10,
        counts: { acked: 6 },
        left: 5,
        problem: 'a part of the journal is damaged',
      },
    },
    replayed: { siem: { acked: 8 } },
  },
  drift: { types: { 'widget.created': 4 }, fields: { 'actor.device': 2 } },
};
