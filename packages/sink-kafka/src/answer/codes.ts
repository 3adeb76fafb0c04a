/**
 * Every error code of a broker that a send can meet, and what it means for records. Codes and names are those of Kafka's
 * protocol (kafka.apache.org/protocol, Error Codes, 4.x); kafkajs knows them up to 88 and has its own mind about retries.
 */

/**
 * `stored`: it has them. `busy`: not now, and it says that it is full. `failed`: not stored, may be later. `unanswered`: may
 * be stored. `too_large`, `rejected`: about these records. `timestamp`: about their time. `topic`: it is not there, or not
 * yet. `blocked`: for the operator.
 */
export type Meaning =
  | 'stored'
  | 'busy'
  | 'failed'
  | 'unanswered'
  | 'too_large'
  | 'rejected'
  | 'timestamp'
  | 'topic'
  | 'blocked';

export interface Code {
  readonly name: string;
  readonly meaning: Meaning;
  /** What to do; there with `blocked`, `topic` and `rejected`. `%` is the topic. */
  readonly fix?: string;
}

const WRITE = 'grant Write and Describe on the topic % to the principal of sasl or of tls.cert_file';
const CREDENTIALS = 'put valid credentials under sasl';
const SASL = 'set sasl.mechanism to one that the listener offers';
const REPORT = 'check the version of the brokers, 2.1 or later; if it is, report it';

export const CODES: Readonly<Record<number, Code>> = {
  [-1]: { name: 'UNKNOWN_SERVER_ERROR', meaning: 'unanswered' },
  0: { name: 'NONE', meaning: 'stored' },
  2: { name: 'CORRUPT_MESSAGE', meaning: 'failed' },
  3: {
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    meaning: 'topic',
    fix: 'make the topic %, or set create_topic and run audit-relay setup; it is never made by sending. Without the right Describe it looks as if it were not there',
  },
  5: { name: 'LEADER_NOT_AVAILABLE', meaning: 'failed' },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', meaning: 'failed' },
  7: { name: 'REQUEST_TIMED_OUT', meaning: 'unanswered' },
  8: { name: 'BROKER_NOT_AVAILABLE', meaning: 'failed' },
  9: { name: 'REPLICA_NOT_AVAILABLE', meaning: 'failed' },
  10: { name: 'MESSAGE_TOO_LARGE', meaning: 'too_large' },
  13: { name: 'NETWORK_EXCEPTION', meaning: 'unanswered' },
  14: { name: 'COORDINATOR_LOAD_IN_PROGRESS', meaning: 'failed' },
  15: { name: 'COORDINATOR_NOT_AVAILABLE', meaning: 'failed' },
  16: { name: 'NOT_COORDINATOR', meaning: 'failed' },
  17: { name: 'INVALID_TOPIC_EXCEPTION', meaning: 'blocked', fix: 'write a topic that brokers take into topic' },
  18: { name: 'RECORD_LIST_TOO_LARGE', meaning: 'too_large' },
  // Fewer replicas in sync than the topic's min.insync.replicas: before the append, and after it.
  19: { name: 'NOT_ENOUGH_REPLICAS', meaning: 'busy' },
  20: { name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', meaning: 'unanswered' },
  21: { name: 'INVALID_REQUIRED_ACKS', meaning: 'blocked', fix: REPORT },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED', meaning: 'blocked', fix: WRITE },
  30: { name: 'GROUP_AUTHORIZATION_FAILED', meaning: 'blocked', fix: WRITE },
  31: {
    name: 'CLUSTER_AUTHORIZATION_FAILED',
    meaning: 'blocked',
    fix: 'grant Write on the topic %; with idempotent: true and brokers before 3.0 also IdempotentWrite on the cluster',
  },
  32: { name: 'INVALID_TIMESTAMP', meaning: 'timestamp' },
  33: { name: 'UNSUPPORTED_SASL_MECHANISM', meaning: 'blocked', fix: SASL },
  34: {
    name: 'ILLEGAL_SASL_STATE',
    meaning: 'blocked',
    fix: `${SASL}, and see whether this listener wants sasl at all`,
  },
  35: { name: 'UNSUPPORTED_VERSION', meaning: 'blocked', fix: REPORT },
  41: { name: 'NOT_CONTROLLER', meaning: 'failed' },
  42: { name: 'INVALID_REQUEST', meaning: 'blocked', fix: REPORT },
  43: { name: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', meaning: 'blocked', fix: REPORT },
  44: { name: 'POLICY_VIOLATION', meaning: 'blocked', fix: 'ask who runs the brokers which policy the topic % has' },
  45: { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', meaning: 'failed' },
  46: { name: 'DUPLICATE_SEQUENCE_NUMBER', meaning: 'stored' },
  47: { name: 'INVALID_PRODUCER_EPOCH', meaning: 'failed' },
  49: { name: 'INVALID_PRODUCER_ID_MAPPING', meaning: 'failed' },
  51: { name: 'CONCURRENT_TRANSACTIONS', meaning: 'failed' },
  53: { name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', meaning: 'blocked', fix: WRITE },
  54: { name: 'SECURITY_DISABLED', meaning: 'blocked', fix: 'take sasl out, or name a listener that has it' },
  56: { name: 'KAFKA_STORAGE_ERROR', meaning: 'unanswered' },
  58: { name: 'SASL_AUTHENTICATION_FAILED', meaning: 'blocked', fix: CREDENTIALS },
  59: { name: 'UNKNOWN_PRODUCER_ID', meaning: 'failed' },
  61: { name: 'DELEGATION_TOKEN_AUTH_DISABLED', meaning: 'blocked', fix: CREDENTIALS },
  62: { name: 'DELEGATION_TOKEN_NOT_FOUND', meaning: 'blocked', fix: CREDENTIALS },
  63: { name: 'DELEGATION_TOKEN_OWNER_MISMATCH', meaning: 'blocked', fix: CREDENTIALS },
  64: { name: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', meaning: 'blocked', fix: CREDENTIALS },
  65: { name: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', meaning: 'blocked', fix: CREDENTIALS },
  66: { name: 'DELEGATION_TOKEN_EXPIRED', meaning: 'blocked', fix: CREDENTIALS },
  72: { name: 'LISTENER_NOT_FOUND', meaning: 'failed' },
  74: { name: 'FENCED_LEADER_EPOCH', meaning: 'failed' },
  75: { name: 'UNKNOWN_LEADER_EPOCH', meaning: 'failed' },
  76: {
    name: 'UNSUPPORTED_COMPRESSION_TYPE',
    meaning: 'blocked',
    fix: 'set compression to one that the brokers take: gzip',
  },
  87: {
    name: 'INVALID_RECORD',
    meaning: 'rejected',
    fix: 'the brokers’ own validation refuses it; a topic with cleanup.policy compact takes none without a key (set key: event.id)',
  },
  88: { name: 'UNSTABLE_OFFSET_COMMIT', meaning: 'failed' },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', meaning: 'busy' },
  90: { name: 'PRODUCER_FENCED', meaning: 'failed' },
  100: { name: 'UNKNOWN_TOPIC_ID', meaning: 'failed' },
  103: { name: 'INCONSISTENT_TOPIC_ID', meaning: 'failed' },
  106: { name: 'FETCH_SESSION_TOPIC_ID_ERROR', meaning: 'failed' },
};

/** Of a code that is not in the table it is not known whether the records are stored. */
export function codeOf(code: number): Code {
  return CODES[code] ?? { name: 'UNKNOWN', meaning: 'unanswered' };
}

/** The code and its name, fit for a log. */
export function wordsOf(code: number): string {
  return `code ${code} ${codeOf(code).name}`;
}
