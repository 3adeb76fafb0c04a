/** What the sink leaves out by a rule of its own, told before anything is sent. */
import type { ExclusionRule } from '@audit-relay/sink';
import { PAST_MS } from './age.ts';
import type { DatadogConfig } from './config.ts';

/** As it is counted in `status` and the metrics. */
export const OLD_RULE = 'old';

export function exclusionsOf({ old_events }: Pick<DatadogConfig, 'old_events'>): readonly ExclusionRule[] {
  if (old_events !== 'exclude') return [];
  const events =
    'events that were more than 18 h old when they were received, which Datadog drops (old_events: exclude)';
  return [{ name: OLD_RULE, events, maxAgeMs: PAST_MS }];
}
