/** What a member of a group was given, for whoever commits in its name. */
import type { Assignment } from '../membership.ts';
import type { PartitionOffset } from './coordinator.ts';

/** An assignment in whose name offsets are committed. */
export interface GroupAssignment extends Assignment {
  /**
   * Resolves when the group has them; all or none.
   * @throws RelayError `JOURNAL_REASSIGNED` when the generation that gave the partitions is over, or one is not among them;
   *   whatever the client says when nobody answers: then they may have been taken.
   */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
}
