/**
 * The codes of the HTTP Event Collector, 0 to 27: Splunk's "Troubleshoot HTTP Event Collector" and the REST reference for
 * `/services/collector`. Each stands with the status that it comes with and with what it means to a sink.
 */

/** What to do about a code, whatever the words are. */
export type Meaning =
  | 'yes'
  | 'busy yes'
  /** Splunk is healthy, or is not; said by its health address alone. */
  | 'healthy'
  | 'unhealthy'
  /** The configuration, here or there, must be changed. */
  | 'blocked'
  /** Something is wrong with the events, perhaps with the one that the answer names. */
  | 'rejected'
  | 'refused'
  | 'failed';

export interface Code {
  readonly status: number;
  readonly meaning: Meaning;
  /** What it says and, of what is to be mended, what to do. */
  readonly words: string;
}

const TOKEN_FIX = 'put a valid one under token, or enable it in Splunk (Settings, Data inputs, HTTP Event Collector)';
const CHANNEL_FIX = 'let what stands between pass the header X-Splunk-Request-Channel';

export const CODES: Readonly<Record<number, Code>> = {
  0: { status: 200, meaning: 'yes', words: 'success' },
  1: { status: 403, meaning: 'blocked', words: `the token is disabled: ${TOKEN_FIX}` },
  2: {
    status: 401,
    meaning: 'blocked',
    words: 'no token arrived: let what stands between pass the header Authorization',
  },
  3: {
    status: 401,
    meaning: 'blocked',
    words: 'the authorization is not as Splunk wants it: put the token alone under token, without the word Splunk',
  },
  4: { status: 403, meaning: 'blocked', words: `the token is not valid: ${TOKEN_FIX}` },
  5: { status: 400, meaning: 'rejected', words: 'no data arrived' },
  6: { status: 400, meaning: 'rejected', words: 'invalid data format' },
  7: { status: 400, meaning: 'blocked', words: 'incorrect index' },
  8: { status: 500, meaning: 'failed', words: 'internal server error' },
  9: { status: 503, meaning: 'refused', words: 'the server is busy' },
  10: { status: 400, meaning: 'blocked', words: `the channel is missing: ${CHANNEL_FIX}` },
  11: { status: 400, meaning: 'blocked', words: `the channel is invalid: ${CHANNEL_FIX}` },
  12: { status: 400, meaning: 'rejected', words: 'the event field is missing' },
  13: { status: 400, meaning: 'rejected', words: 'the event field is blank' },
  14: {
    status: 400,
    meaning: 'blocked',
    words: 'the token has no indexer acknowledgment: enable it for the token in Splunk, or set indexer_ack to auto',
  },
  15: { status: 400, meaning: 'rejected', words: 'the indexed fields are not as Splunk wants them' },
  16: { status: 400, meaning: 'blocked', words: 'a token in the address is not allowed: take it out of url' },
  17: { status: 200, meaning: 'healthy', words: 'healthy' },
  18: { status: 503, meaning: 'unhealthy', words: 'the queues are full' },
  19: { status: 503, meaning: 'unhealthy', words: 'the acknowledgment service is not available' },
  20: {
    status: 503,
    meaning: 'unhealthy',
    words: 'the queues are full and the acknowledgment service is not available',
  },
  21: { status: 400, meaning: 'blocked', words: `the token is not valid: ${TOKEN_FIX}` },
  22: { status: 400, meaning: 'blocked', words: `the token is disabled: ${TOKEN_FIX}` },
  23: { status: 503, meaning: 'failed', words: 'the server is shutting down' },
  24: { status: 200, meaning: 'busy yes', words: 'success, and the queues are nearly full' },
  25: { status: 200, meaning: 'busy yes', words: 'success, and the acknowledgment channel is nearly full' },
  26: { status: 429, meaning: 'refused', words: 'the queues are full' },
  27: { status: 429, meaning: 'refused', words: 'the acknowledgment channel is full' },
};
