/**
 * How a journal that several processes use together gives out its work: which process reads a source, and which delivers what of a
 * lane. A journal of one process shares nothing out; `sharing/` makes sources and lanes that come and go with their shares.
 */
/** What is this process's until it is revoked. */
export interface Share<Way> {
  /** The way into the journal, or out of it. Undefined: another process has it. */
  readonly way: Way | undefined;
  /** Why there is none although it is this process's, such as RelayError `ENTRIES_GONE`. Absent: nothing is wrong. */
  readonly refused?: Error;
  /** Fires when the work is given out anew: what is under way comes to its end within `drainMs`, and nothing is begun. */
  readonly revoked: AbortSignal;
  /** In milliseconds. After that another process has the work, and what is still written here is refused as `JOURNAL_REASSIGNED`. */
  readonly drainMs: number;
  /** Nothing here uses it any more. Once, and whether it was revoked or not. */
  release(): void;
}
