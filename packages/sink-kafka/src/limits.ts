/** How much at a time, and how long. */
import type { SinkLimits } from '@audit-relay/sink';
import type { KafkaConfig } from './config.ts';

/** Several batches of 1 MB, so that all partitions of a topic get theirs in one request; brokers take 100 MB of them. */
const MAX_EVENTS = 5_000;
const MAX_BYTES = 5_000_000;

/** Key, headers, and what a record is wrapped in: each id has up to 512 bytes and stands there up to four times. */
const WRAPPING_BYTES = 8_192;

/** Connections that one send may wait for: to the first broker, to the controller, to a leader. */
const CONNECTIONS = 3;
/** Requests before a connection is of use: which versions it speaks, and up to three of SASL. */
const CONNECTION_REQUESTS = 4;
/** Others that one send may wait for: metadata, a producer's id, and a batch for one partition alone is several. */
const REQUESTS = 5;
/** So that the sink speaks before core's signal, in milliseconds. */
const SLACK_MS = 1_000;

/** For `SinkPlugin.limits`. */
export function limitsOf(config: KafkaConfig): SinkLimits {
  return {
    maxEvents: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    // What is compressed may be larger than the topic's limit: the broker tells.
    maxEventBytes: config.compression === 'none' ? recordBytesOf(config) : MAX_BYTES,
    // One send at a time is one of the two guards against the loss of records (docs/decisions/0022).
    maxInFlight: 1,
    sendMs: ownSendMs(config) + SLACK_MS,
  };
}

/**
 * The sink's own limit for a whole send, in milliseconds: all its steps, each at its longest. Less would cut off a send that
 * goes on, over and over where brokers are slow: the next one begins anew.
 */
export function ownSendMs({ connect_timeout, request_timeout }: KafkaConfig): number {
  return CONNECTIONS * connect_timeout + (CONNECTIONS * CONNECTION_REQUESTS + REQUESTS) * request_timeout;
}

/** The silence after which a client is given up, in milliseconds: longer than its own limit for any one step. */
export function silenceMs({ connect_timeout, request_timeout }: KafkaConfig): number {
  return connect_timeout + request_timeout;
}

/** Of what one partition gets at a time, uncompressed: below the limit of the topic (`max.message.bytes`). */
export function partitionBytesOf({ max_message_bytes }: Pick<KafkaConfig, 'max_message_bytes'>): number {
  return max_message_bytes;
}

function recordBytesOf({ max_message_bytes }: KafkaConfig): number {
  return Math.min(MAX_BYTES, max_message_bytes - WRAPPING_BYTES);
}
