/** What the peer takes at most, and how long each thing may last. */
import type { SinkLimits } from '@audit-relay/sink';
import type { ElasticsearchConfig } from './config.ts';

/**
 * Elasticsearch refuses bodies over `http.max_content_length`, 100 MB after unpacking; managed offers and proxies often
 * over 10 MB (elastic.co/docs, networking settings; docs.aws.amazon.com, network limits; both read 2026-08).
 */
const REQUEST_BYTES = 10_000_000;

const EVENTS = 1_000;

/** An action line at its longest: an index of 255 bytes and an id of 512, each byte escaped as `\u0000`. */
const ACTION_BYTES = 4_000;

/** Within a JSON string a document of quotes and backslashes takes twice its bytes. */
const ESCAPED = 2;

const WRAPPER_BYTES = 500;

/** For `SinkPlugin.limits`. */
export function limitsOf({ elastic_integration, request_timeout_ms }: ElasticsearchConfig): SinkLimits {
  const room = REQUEST_BYTES - EVENTS * ACTION_BYTES;
  const maxBytes = elastic_integration ? Math.floor((room - EVENTS * WRAPPER_BYTES) / ESCAPED) : room;
  return {
    maxEvents: EVENTS,
    maxBytes,
    maxEventBytes: maxBytes,
    maxInFlight: 8,
    // Each look before the bulk takes a quarter of the time of the bulk at most, and there are seven at most.
    sendMs: request_timeout_ms * 3,
  };
}

/** How long the server may work on a bulk, in milliseconds: less than we wait, so that it answers first. */
export function serverMsOf({ request_timeout_ms }: Pick<ElasticsearchConfig, 'request_timeout_ms'>): number {
  return Math.floor(request_timeout_ms / 2);
}

/** Longest wait for an answer to what is asked beside a bulk, in milliseconds. */
export function lookMsOf({ request_timeout_ms }: Pick<ElasticsearchConfig, 'request_timeout_ms'>): number {
  return Math.floor(request_timeout_ms / 4);
}
