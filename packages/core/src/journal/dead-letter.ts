/**
 * Dead letters as the rest of the core sees them: a lane's events that its peer never takes, and records of a source that
 * cannot be entries. Each is kept with its reason until somebody retries or drops it.
 */
import type { Entry } from '../entry.ts';
import type { SettledAs, SettledCounts } from './position.ts';

/** A rejected event, kept with the reason. Durable before its lane's cursor passes it. */
export interface DeadLetter {
  readonly lane: string;
  readonly entry: Entry;
  readonly reason: string;
  readonly kind: 'rejected' | 'too_large' | 'undeliverable';
  /** How often it was sent, retries included. */
  readonly attempts: number;
  /** When it was first sent, by the host's clock. Absent: never, or a version wrote it that did not keep it. */
  readonly firstMs?: number;
  /** When it was set aside, the last time where it was more than once. */
  readonly atMs: number;
}

/** A dead letter in the journal. Lane and sequence name it for as long as it is kept; no other ever gets them. */
export interface KeptDeadLetter extends DeadLetter {
  /** From 1, in the order in which the lane set them aside. */
  readonly sequence: number;
  /** It is asked to go again, since then. */
  readonly retryMs?: number;
}

/** A record of the API that cannot be an entry, kept for a human. */
export interface MalformedRecord {
  /** The record's own text. */
  readonly raw: string;
  readonly reason: string;
  readonly receivedMs: number;
}

/** A malformed record in the journal; source and hash name it. */
export interface KeptMalformedRecord extends MalformedRecord {
  readonly source: string;
  /** SHA-256 of the record's bytes, in hexadecimal digits. */
  readonly hash: string;
  /** `acme/record-3f9a0c1b2e44`: what people and the log call it. */
  readonly id: string;
}

/** `siem/12`: what people and the log call a dead letter. */
export function deadLetterId(lane: string, sequence: number): string {
  return `${lane}/${sequence}`;
}

/** As many hexadecimal digits of a record's hash stand in its id. */
const DIGITS = 12;

/** `acme/record-3f9a0c1b2e44`: what people and the log call a malformed record. */
export function malformedRecordId(source: string, hash: string): string {
  return `${source}/record-${hash.slice(0, DIGITS)}`;
}

/** As many are named in the text of a line of the log; its fields name all. */
const NAMED = 5;

/** Ids of dead letters in the text of a line of the log. */
export function namedIds(ids: readonly string[]): string {
  return ids.length > NAMED ? `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more` : ids.join(', ');
}

/** Names one of a lane's, or one of a source's. */
export type DeadLetterKey =
  | { readonly lane: string; readonly sequence: number }
  | { readonly source: string; readonly hash: string };

/** Why a dead letter that went again is set aside once more. */
export type FailedAgain = Pick<DeadLetter, 'reason' | 'kind' | 'attempts' | 'atMs'> & { readonly sequence: number };

export interface DeadLetters {
  /**
   * Resolves when on disk, with the sequence of each, in order. The same event of the same lane is kept once.
   * @throws RelayError `DEAD_LETTERS_FULL` when they do not fit `max_bytes`: the lane is then blocked.
   */
  add(letters: readonly DeadLetter[]): Promise<readonly number[]>;
  /** Oldest first. */
  list(lane: string): Iterable<KeptDeadLetter>;
  /** Newest first; each is read when it is asked for. */
  newest(lane: string): Iterable<KeptDeadLetter>;
  /** The source's own: records that could not become entries. */
  malformedRecords(source: string): Iterable<KeptMalformedRecord>;
  /**
   * Asks dead letters of lanes to go again; those that are not kept, and all of a source, are passed over. Resolves when on disk,
   * with how many are asked now and were not before.
   */
  retry(keys: readonly DeadLetterKey[]): Promise<number>;
  /** Resolves when on disk, with how many were kept until now. */
  drop(keys: readonly DeadLetterKey[]): Promise<number>;
  /**
   * Waits for dead letters of the lane that are to go again and gives them, oldest first, up to about `maxBytes` of raw text: each
   * once in a process, until `settle` or `failAgain` has said what became of it.
   * @throws the signal's reason when it fires.
   */
  takeRetries(lane: string, maxBytes: number, signal: AbortSignal): Promise<readonly KeptDeadLetter[]>;
  /** They went again and are done with: they leave, and are counted as retried. Resolves when on disk. */
  settle(lane: string, sequences: readonly number[], how: SettledAs): Promise<void>;
  /** They went again and came back: they stay, with the new reason, and wait for another word. Resolves when on disk. */
  failAgain(lane: string, failures: readonly FailedAgain[]): Promise<void>;
}

/** Counts of dead letters, durable; a lane or source without any is left out. */
export interface DeadLetterCounts {
  /** Kept, by lane. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Of those, asked to go again. */
  readonly retrying: Readonly<Record<string, number>>;
  /** Went again and left, by lane: `acked`, `excluded.when` … */
  readonly retried: Readonly<Record<string, SettledCounts>>;
  /** Dropped, by lane. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Kept, by source. */
  readonly malformedRecords: Readonly<Record<string, number>>;
  /** Dropped, by source. */
  readonly droppedMalformedRecords: Readonly<Record<string, number>>;
}
