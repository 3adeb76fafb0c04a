/**
 * Which partitions are this process's, as the rest of the package sees it. A consumer group gives them out; a fixed
 * assignment stands in for it in tests. Whoever writes or commits for a partition does it in the name of one assignment.
 */
import type { Unwritable } from '@audit-relay/core/journal';

/** What one generation of a group has given to this member. */
export interface Assignment {
  /** Of the group. It only grows. */
  readonly generation: number;
  readonly memberId: string;
  /** Ascending. None: there are more members than partitions. */
  readonly partitions: readonly number[];
  /**
   * Fires when the group gives out anew, or has forgotten this member: what is under way is brought to an end within
   * `drainMs`, and nothing is begun. Its reason is a RelayError `JOURNAL_REASSIGNED`.
   */
  readonly revoked: AbortSignal;
  /** How long the group waits for this member after `revoked`, in milliseconds. */
  readonly drainMs: number;
  /**
   * Asks the group, by a heartbeat of this generation.
   * @throws RelayError `JOURNAL_REASSIGNED` when this assignment holds no more; whatever the client says when nobody answers.
   */
  confirm(): Promise<void>;
}

export interface Membership {
  /**
   * Gives up the assignment before this one, joins anew, and waits for the next, of a later generation.
   * @throws the signal's reason when it fires first.
   */
  next(signal: AbortSignal): Promise<Assignment>;
  /** What keeps it from an assignment that it waits for, once that has lasted. Undefined: nothing does. */
  readonly unwritable?: Unwritable | undefined;
  /** Leaves the group, so that others need not wait for the end of the session. */
  close(): Promise<void>;
}
