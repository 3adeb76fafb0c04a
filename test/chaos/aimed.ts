/**
 * Schedules by hand, each aimed at one thing that schedules drawn from seeds seldom bring together. The bugs in `mutants.ts` are
 * looked for with them first.
 */
import { ROLLED_OVER } from './elastic.ts';
import { type Act, type Life, type LifeConfig, type Schedule, SINKS, type SinkName } from './schedule.ts';

const CONFIG: LifeConfig = {
  sinks: SINKS,
  filtered: [],
  someTypes: false,
  format: 'ecs',
  maxEvents: 20,
  concurrency: 2,
};
const BURST: Extract<Act, { kind: 'burst' }> = { kind: 'burst', atMs: 0, count: 60, lateS: 0, ageS: 20 };
const LAST: Life = { config: CONFIG, acts: [], end: { kind: 'drained' }, between: [] };
const NO_POISON = { elastic: 0, splunk: 0, datadog: 0, kafka: 0 } as const;

function aimed(seed: number, lives: readonly Life[], changed: Partial<Schedule> = {}): Schedule {
  const history = { events: 40, spanS: 3_600 };
  const peers = {
    mode: 'data_stream',
    acknowledges: false,
    requiresAcks: false,
    indexers: 1,
    idempotent: false,
  } as const;
  const rest = { poison: NO_POISON, proxied: [] };
  return { seed, history, backfill: true, ...peers, ...rest, smallDisk: false, quietWithin: false, lives, ...changed };
}

/** Faults of which a schedule that is drawn meets few, one of each peer in a life, and all of them met at once. */
const CODES: readonly Partial<Record<SinkName, string>>[] = [
  { splunk: 'the token is disabled', elastic: '406', datadog: '404', kafka: 'a corrupt message' },
  { splunk: 'an incorrect index', elastic: 'some items not allowed', datadog: '405', kafka: 'the topic is unknown' },
  { splunk: 'no channel arrives', elastic: 'some items without an index', kafka: 'a message too large' },
  { splunk: 'an invalid channel', elastic: '406', kafka: 'a list too large' },
  { splunk: 'acknowledgments are off', datadog: '404', kafka: 'the topic is not allowed' },
  { splunk: 'the queues are full by 429', elastic: 'some items not allowed', kafka: 'the group is not allowed' },
  { splunk: 'the channel is full by 429', datadog: '405', kafka: 'the cluster is not allowed' },
  { splunk: 'there is no such address', elastic: 'some items without an index', kafka: 'a sequence out of order' },
  { splunk: 'the queues are nearly full', kafka: 'a sequence twice' },
  { splunk: 'the channel is nearly full', kafka: 'an old epoch' },
  { splunk: 'another indexer is asked', kafka: 'an unknown producer' },
  { splunk: 'another indexer takes it', kafka: 'a quota' },
  { kafka: 'a fenced producer' },
];

function codeLife(faults: Partial<Record<SinkName, string>>): Life {
  const acts = SINKS.flatMap((sink): readonly Act[] => {
    const fault = faults[sink];
    return fault === undefined ? [] : [{ kind: 'sink', atMs: -1, sink, fault, share: 1 }];
  });
  const end = { kind: 'term', afterMs: 3_500, graceMs: 500 } as const;
  return { config: CONFIG, acts: [...acts, { ...BURST, atMs: -1, count: 20 }], end, between: [] };
}

export type Aim =
  | 'partialAnswers'
  | 'rollover'
  | 'killAfterMany'
  | 'readAgain'
  | 'startKept'
  | 'powerAndDamage'
  | 'codes'
  | 'operators';

/** By what each is aimed at. Their seeds are below those that are drawn. */
export const AIMED: Readonly<Record<Aim, Schedule>> = {
  /** What is left over of one must go again within the life: another life would send it anyhow. */
  partialAnswers: aimed(
    -1,
    [
      {
        ...LAST,
        acts: [
          { kind: 'sink', atMs: -1, sink: 'elastic', fault: 'some items unavailable', share: 0.5 },
          { kind: 'sink', atMs: -1, sink: 'kafka', fault: 'one partition of several', share: 0.7 },
          BURST,
        ],
      },
    ],
    { quietWithin: true, untilMet: 6 },
  ),
  /** What goes again after it meets an index that does not know it: only as replay is it looked for. */
  rollover: aimed(
    -2,
    [
      {
        ...LAST,
        acts: [{ kind: 'sink', atMs: -1, sink: 'elastic', fault: ROLLED_OVER, share: 0.6 }, BURST],
      },
    ],
    { quietWithin: true, untilMet: 2 },
  ),
  /** All that it delivered is settled and saved but for the last batches. */
  killAfterMany: aimed(-3, [
    {
      config: { ...CONFIG, maxEvents: 5, concurrency: 1 },
      acts: [BURST],
      end: { kind: 'kill_at', step: 'CURSOR_SAVED', occurrence: 24, withinMs: 4_000 },
      between: [],
    },
    LAST,
  ]),
  /** Windows that were read are read again, within what each poll looks back. */
  readAgain: aimed(-4, [
    { config: CONFIG, acts: [BURST], end: { kind: 'term', afterMs: 2_500, graceMs: 1_500 }, between: [] },
    { ...LAST, acts: [BURST] },
  ]),
  /** Without a start in the configuration nothing but the checkpoint, or the side file, knows where a feed began. */
  startKept: aimed(
    -5,
    [
      { config: CONFIG, acts: [BURST], end: { kind: 'kill', afterMs: 5_000 }, between: [{ kind: 'leap', byS: 400 }] },
      {
        config: CONFIG,
        acts: [BURST],
        end: { kind: 'kill', afterMs: 5_000 },
        between: [
          { kind: 'leap', byS: 3_600 },
          { kind: 'corrupt', how: 'garbage', starts: false, seed: 1 },
        ],
      },
      { ...LAST, acts: [BURST] },
    ],
    { backfill: false },
  ),
  /** The power goes, the disk spoils what is left, and meanwhile the API has another key. */
  powerAndDamage: aimed(
    -6,
    [
      {
        config: CONFIG,
        acts: [BURST, { kind: 'rotate', atMs: 200, of: 'api' }],
        end: { kind: 'power_cut', step: 'CURSOR_SAVING', occurrence: 4, withinMs: 4_000, seed: 7 },
        between: [{ kind: 'corrupt', how: 'zeros', starts: false, seed: 3 }],
      },
      LAST,
    ],
    { poison: { ...NO_POISON, kafka: 1, splunk: 1 } },
  ),
  /** Dead letters of every peer go again or are dropped, and replays go out, through two kills. */
  operators: aimed(
    -8,
    [
      { config: CONFIG, acts: [BURST], end: { kind: 'term', afterMs: 5_000, graceMs: 1_500 }, between: [] },
      {
        config: CONFIG,
        acts: [
          { kind: 'heal', atMs: 300, of: 'elastic' },
          { kind: 'ask', atMs: 310, what: 'retry', of: 'elastic' },
          { kind: 'ask', atMs: 320, what: 'drop', of: 'datadog' },
          { kind: 'ask', atMs: 330, what: 'replay', of: 'splunk' },
          { kind: 'ask', atMs: 340, what: 'replay, and stop it', of: 'elastic' },
          { ...BURST, atMs: 350 },
        ],
        end: { kind: 'kill_at', step: 'BATCH_SETTLED', occurrence: 12, withinMs: 6_000 },
        between: [],
      },
      {
        config: CONFIG,
        acts: [
          { kind: 'heal', atMs: 100, of: 'kafka' },
          { kind: 'ask', atMs: 110, what: 'retry', of: 'kafka' },
          { kind: 'ask', atMs: 120, what: 'replay', of: 'kafka' },
        ],
        end: { kind: 'kill_at', step: 'BATCH_SETTLED', occurrence: 8, withinMs: 6_000 },
        between: [],
      },
      {
        ...LAST,
        acts: [
          { kind: 'heal', atMs: 100, of: 'splunk' },
          { kind: 'ask', atMs: 110, what: 'retry', of: 'splunk' },
          { kind: 'ask', atMs: 120, what: 'replay', of: 'datadog' },
          { kind: 'reload', atMs: 500, config: { ...CONFIG, format: 'ocsf' } },
        ],
      },
    ],
    { mode: 'index', poison: { elastic: 2, splunk: 2, datadog: 2, kafka: 2 } },
  ),
  /** Codes that stop a lane until somebody mends the configuration, and others of a peer of its own. */
  codes: aimed(-7, [...CODES.map(codeLife), LAST], { acknowledges: true, requiresAcks: true, indexers: 2 }),
};
