/** How much at a time, and how long. */
import type { SinkLimits } from '@audit-relay/sink';
import type { SplunkHecConfig } from './config.ts';

/**
 * Splunk itself takes 838,860,800 bytes a request (limits.conf, `[http_input] max_content_length`) and 5 MB an event
 * (inputs.conf, `maxEventSize`); balancers before it take far less, often 1 MB, and halve by their 413. Five hundred events
 * with some 300 bytes of wrapping each leave room below that for events as OpenAI makes them.
 */
const MAX_EVENTS = 500;
const MAX_BYTES = 2_000_000;

const MAX_IN_FLIGHT = 4;

/**
 * Memory that an event takes while it waits, for each byte of its document: the record it was made of and what is known of
 * it are held too, for another try or a dead letter. Measured: `npm run bench -- splunk`.
 */
const HELD_PER_BYTE = 4;

/** Beyond `ack_timeout`, in milliseconds, so that the sink speaks before core's signal. */
const SLACK_MS = 30_000;

export function limitsOf(config: SplunkHecConfig): SinkLimits {
  const { request_timeout, ack_timeout, max_unacked_bytes } = config;
  const limits: SinkLimits = {
    maxEvents: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    maxEventBytes: MAX_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    // Until an address has answered sends go one by one, each with the question before it whether the token acknowledges.
    sendMs: request_timeout * 2 * MAX_IN_FLIGHT + 1_000,
  };
  if (!mayWaitForAcks(config)) return limits;
  return {
    ...limits,
    maxUnackedBytes: Math.floor(max_unacked_bytes / HELD_PER_BYTE),
    confirmMs: ack_timeout + SLACK_MS,
  };
}

/** Whether there may be an acknowledgment after Splunk's first yes. */
export function mayWaitForAcks({ indexer_ack, receiver }: SplunkHecConfig): boolean {
  return indexer_ack !== 'off' && receiver === 'splunk';
}
