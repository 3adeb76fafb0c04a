/** Why a feed is not well, in a word that never changes: what alerts and scripts go by, where `problem` is for people. */

/** What the API, or what stands before it, refuses for. */
export type RefusalCause =
  | 'key_refused'
  | 'scope_missing'
  | 'address_refused'
  | 'region'
  | 'certificate_missing'
  | 'logging_off'
  | 'organization_mismatch'
  | 'no_tenant'
  | 'other_refusal';

export type FeedCause =
  | RefusalCause
  /** No answer comes: the network, a proxy, TLS. */
  | 'api_unreachable'
  /** The API answers that it cannot now: 5xx and their like. */
  | 'api_in_trouble'
  | 'rate_limited'
  /** Answers come that are no page. */
  | 'unreadable'
  /** Answers come, and a window cannot be read to its end. */
  | 'window_stuck'
  /** What is behind the address is not the log that was read before. */
  | 'other_log'
  | 'journal_full'
  /** The disk does not take the journal's entries. */
  | 'journal_disk'
  /** It is not certain that the answers are about the right time. */
  | 'clock_unsure'
  /** Answers come, and no event ever: audit logging may never have been turned on. */
  | 'no_event_ever';
