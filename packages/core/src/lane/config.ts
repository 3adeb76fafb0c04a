/** The lane's own keys of a sink's YAML; all other keys belong to the sink. */
import { z } from 'zod';
import { duration, size, startTime } from '../config/units.ts';

/** Where a new lane begins; by when events happened where it is a time. */
export type StartFrom = 'beginning' | 'now' | number | { readonly secondsAgo: number };

/** Sizes are bytes, durations milliseconds. What each key means is said by its description below. */
export interface LaneConfig {
  readonly type: string;
  readonly format?: 'ecs' | 'ocsf' | 'raw';
  readonly when?: string;
  /** A number: seconds since the epoch. */
  readonly start_from: StartFrom;
  readonly batch: {
    readonly max_events?: number;
    readonly max_bytes?: number;
    readonly max_age: number;
  };
  readonly concurrency?: number;
  readonly max_ahead: number;
  readonly poison_after: number;
}

const batch = z.strictObject({
  max_events: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Events in one batch. Absent: what the sink allows.')
    .meta({ examples: [500] }),
  max_bytes: size({ min: '1kB' })
    .exactOptional()
    .describe('Bytes of one batch. Absent: what the sink allows.')
    .meta({ examples: ['1MB'] }),
  max_age: duration({ min: '0s', max: '5m' })
    .prefault('1s')
    .describe('Longest wait of an event for others to join its batch.'),
});

export const laneConfigSchema: z.ZodType<LaneConfig> = z.strictObject({
  type: z.string().min(1).describe('`file`, `stdout`, the type of an installed sink, an npm package, or a path.'),
  format: z
    .enum(['ecs', 'ocsf', 'raw'])
    .exactOptional()
    .describe('What an event is rendered to. Absent: the first that the sink takes.')
    .meta({ examples: ['ecs'] }),
  when: z
    .string()
    .min(1)
    .meta({ title: 'CEL' })
    .exactOptional()
    .describe(
      'An expression over the ECS fields, whatever the format. An event passes where it is true. A field that is absent decides too: see `when` below.',
    )
    .meta({ examples: ['event.action == "login.failed"'] }),
  start_from: z
    .union([z.enum(['beginning', 'now']), startTime()], {
      error: 'expected beginning, now, a time such as 2026-01-01T00:00:00Z, a date, or how long ago, such as 30d',
    })
    .prefault('beginning')
    .describe(
      'Where a new sink begins: at the oldest event held, after the newest, or with what happened from this time on (`2026-01-01`, `30d`). What happened before that is excluded, whenever it is read.',
    )
    .meta({ examples: ['now', '2026-01-01', '30d'] }),
  batch: batch.prefault({}).describe('Within the limits of the sink, whatever is asked here.'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .exactOptional()
    .describe('Batches on their way at a time, at most. Absent: what the sink allows.')
    .meta({ examples: [4] }),
  max_ahead: z
    .int()
    .min(1)
    .max(100_000)
    .default(100_000)
    .describe('Events read past the oldest that is not settled, at most.'),
  poison_after: duration({ min: '1m', max: '7d' })
    .prefault('1h')
    .describe(
      'How long one event may fail, 20 times at least and others taken in between, before it is a dead letter. One that is alone waits, however long.',
    ),
});

/** Which keys of a sink's YAML are the lane's. */
export const LANE_KEYS: readonly string[] = [
  'type',
  'format',
  'when',
  'start_from',
  'batch',
  'concurrency',
  'max_ahead',
  'poison_after',
];
