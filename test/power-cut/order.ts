/** What the test of power cuts tells its child, and the promises that the child gives as it goes: a line each. */
export interface PowerOrder {
  readonly folder: string;
  readonly seed: number;
  /** A file that takes the promises. */
  readonly promises: string;
}

/** `started`: the feed's start; else how many, or which. Made known only once the journal has said that it is done. */
export type PromiseName = 'started' | 'committed' | 'sent' | 'saving' | 'letter';
