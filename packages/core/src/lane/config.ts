/** The lane's own keys of a sink's YAML; all other keys belong to the sink. */
import { z } from 'zod';
import { duration, size } from '../config/units.ts';

export interface LaneConfig {
  /** Sink type, npm package or path. */
  readonly type: string;
  /** Absent: the first that the sink takes. */
  readonly format?: 'ecs' | 'ocsf' | 'raw';
  /** CEL over the ECS shape; true lets the event pass. */
  readonly when?: string;
  /** Where a new lane begins: at the oldest entry held, or after the newest. */
  readonly start_from: 'beginning' | 'now';
  /** Within the sink's limits, whatever is asked here. */
  readonly batch: {
    readonly max_events?: number;
    readonly max_bytes?: number;
    /** Longest wait of an event for others to join its batch, in milliseconds. */
    readonly max_age: number;
  };
  /** Batches in flight at most. Absent: what the sink allows. */
  readonly concurrency?: number;
  /** Entries read past the cursor's position at most. */
  readonly max_ahead: number;
  /** How long one event may fail before it is a dead letter, in milliseconds. */
  readonly poison_after: number;
}

const batch = z.strictObject({
  max_events: z.int().min(1).exactOptional(),
  max_bytes: size({ min: '1kB' }).exactOptional(),
  max_age: duration({ min: '0s', max: '5m' }).prefault('1s'),
});

export const laneConfigSchema: z.ZodType<LaneConfig> = z.strictObject({
  type: z.string().min(1),
  format: z.enum(['ecs', 'ocsf', 'raw']).exactOptional(),
  when: z.string().min(1).exactOptional(),
  start_from: z.enum(['beginning', 'now']).default('beginning'),
  batch: batch.prefault({}),
  concurrency: z.int().min(1).max(64).exactOptional(),
  max_ahead: z.int().min(1).max(1_000_000).default(100_000),
  poison_after: duration({ min: '1m', max: '7d' }).prefault('1h'),
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
