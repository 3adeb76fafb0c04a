/** How much at a time, and how long. */
import type { SinkLimits } from '@audit-relay/sink';
import type { DatadogConfig } from './config.ts';

/**
 * docs.datadoghq.com/api/latest/logs/#send-logs (read in November 2026): 5 MB a request before it is packed, 1,000 entries in it,
 * 1 MB an entry; beyond the last an entry is cut short, with a 202. MB are taken as 10⁶ bytes, the smaller reading.
 */
export const MAX_REQUEST_BYTES = 5_000_000;
export const MAX_ENTRIES = 1_000;
export const MAX_ENTRY_BYTES = 1_000_000;

/**
 * What goes around a document is a kilobyte or so; core counts documents alone. The sink measures the whole before it sends,
 * so that room left too small costs a halving, and never an event cut short.
 */
export const WRAPPING_BYTES = 1_500;
const MAX_BYTES = 3_400_000;
const MAX_EVENT_BYTES = MAX_ENTRY_BYTES - WRAPPING_BYTES;

const MAX_IN_FLIGHT = 4;

/** Beyond the request's own time, in milliseconds, so that the sink speaks before core's signal. */
const SLACK_MS = 5_000;

export function limitsOf({ request_timeout }: Pick<DatadogConfig, 'request_timeout'>): SinkLimits {
  return {
    maxEvents: MAX_ENTRIES,
    maxBytes: MAX_BYTES,
    maxEventBytes: MAX_EVENT_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    sendMs: request_timeout + SLACK_MS,
  };
}
