/** What the plugin says of its sink and peer, and what the configuration makes of it. Asked once, when a lane is put together. */
import type { DocumentOptions, ExclusionRule, SinkLimits } from '@audit-relay/sink';
import { RelayError } from '../errors.ts';
import type { DocumentShape } from '../normalize/document.ts';
import type { LaneConfig } from './config.ts';
import type { LaneOptions } from './options.ts';
import type { BatchRules } from './read/batcher.ts';
import { exclusionsOf } from './send/exclusions.ts';
import { limitsOf } from './send/limits.ts';

export interface LaneTerms {
  readonly limits: SinkLimits;
  readonly shape: DocumentShape;
  readonly rules: BatchRules;
  /** Batches on their way at a time, at most. */
  readonly concurrency: number;
  /** By their names. */
  readonly exclusions: ReadonlyMap<string, ExclusionRule>;
}

/** @throws RelayError `SINK_LIMITS_INVALID`, `FORMAT_UNSUPPORTED`, `SINK_EXCLUSIONS_INVALID`; what the plugin's `document` throws. */
export function termsOf(options: LaneOptions): LaneTerms {
  const { name, plugin, sinkConfig, config } = options;
  const limits = limitsOf(name, plugin, sinkConfig);
  return {
    limits,
    shape: shapeOf(options),
    rules: rulesOf(config, limits),
    concurrency: Math.min(config.concurrency ?? limits.maxInFlight, limits.maxInFlight),
    exclusions: exclusionsOf(name, plugin, sinkConfig),
  };
}

/** For who only looks. @throws as `termsOf` does */
export function refuseLane(options: LaneOptions): void {
  termsOf(options);
}

function shapeOf({ name, plugin, sinkConfig, config }: LaneOptions): DocumentShape {
  const said: DocumentOptions = plugin.document?.(sinkConfig) ?? { formats: ['ecs', 'ocsf', 'raw'] };
  const { formats, dataset = 'openai.org_audit', namespace = 'default', taken = 'text' } = said;
  const format = config.format ?? formats[0];
  if (format === undefined || !formats.includes(format)) {
    const fix = `set format to ${formats.join(' or ')}`;
    throw new RelayError('FORMAT_UNSUPPORTED', `sink ${name}: ${plugin.type} does not take format ${format}: ${fix}`);
  }
  return { format, dataset, namespace, taken };
}

function rulesOf({ batch }: LaneConfig, limits: SinkLimits): BatchRules {
  return {
    maxEvents: Math.min(batch.max_events ?? limits.maxEvents, limits.maxEvents),
    maxBytes: Math.min(batch.max_bytes ?? limits.maxBytes, limits.maxBytes),
    maxAgeMs: batch.max_age,
  };
}
