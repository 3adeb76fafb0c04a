/** What a plugin says of its peer, asked once when the lane is put together and believed only where a lane can keep to it. */
import type { SinkLimits, SinkPlugin } from '@audit-relay/sink';
import { RelayError } from '../../errors.ts';

/** Longest time that a timer can hold, in milliseconds; a longer one would fire at once. */
const MOST_MS = 2 ** 31 - 1;

interface Bound {
  readonly key: keyof SinkLimits;
  readonly most: number;
  readonly optional?: true;
}

const BOUNDS: readonly Bound[] = [
  { key: 'maxEvents', most: Number.POSITIVE_INFINITY },
  { key: 'maxBytes', most: Number.POSITIVE_INFINITY },
  { key: 'maxEventBytes', most: Number.POSITIVE_INFINITY },
  { key: 'maxInFlight', most: Number.POSITIVE_INFINITY },
  { key: 'maxUnackedBytes', most: Number.POSITIVE_INFINITY, optional: true },
  { key: 'sendMs', most: MOST_MS },
  { key: 'confirmMs', most: MOST_MS, optional: true },
];

/** @throws RelayError `SINK_LIMITS_INVALID` when the plugin throws, or states a figure that no lane can keep to. */
export function limitsOf(name: string, plugin: SinkPlugin<unknown>, sinkConfig: unknown): SinkLimits {
  const limits = stated(name, plugin, sinkConfig);
  for (const { key, most, optional } of BOUNDS) {
    const figure: unknown = limits[key];
    if (figure === undefined && optional) continue;
    if (typeof figure === 'number' && figure >= 1 && figure <= most) continue;
    const range = most === MOST_MS ? `from 1 to ${MOST_MS}` : 'of 1 or more';
    throw invalid(name, plugin, `${key} is ${String(figure)}, and must be a number ${range}`);
  }
  return limits;
}

function stated(name: string, plugin: SinkPlugin<unknown>, sinkConfig: unknown): SinkLimits {
  let limits: unknown;
  try {
    limits = plugin.limits(sinkConfig);
  } catch (error) {
    throw invalid(name, plugin, `it throws: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof limits !== 'object' || limits === null) throw invalid(name, plugin, 'it gives none');
  // What it has in it is looked at next.
  return limits as SinkLimits;
}

function invalid(name: string, { type }: SinkPlugin<unknown>, why: string): RelayError {
  return new RelayError('SINK_LIMITS_INVALID', `sink ${name}: the limits of ${type} cannot be kept: ${why}`);
}
