/** How much at a time, and how long. */
import type { SinkLimits } from '@audit-relay/sink';
import type { KafkaConfig } from './config.ts';

const MAX_EVENTS = 5_000;
const MAX_BYTES = 5_000_000;

/** For `SinkPlugin.limits`. */
export function limitsOf({ connect_timeout, request_timeout, max_message_bytes }: KafkaConfig): SinkLimits {
  return {
    maxEvents: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    maxEventBytes: Math.min(MAX_BYTES, max_message_bytes - 4_096),
    maxInFlight: 1,
    sendMs: connect_timeout + 2 * request_timeout + 1_000,
  };
}
