/** What a deliberate bug is: a text of the sources, another one in its place, and the tests that must fail by it. */

export interface Mutant {
  /** What goes wrong with it. */
  readonly name: string;
  /** Folder under `packages`; absent: `core`. */
  readonly package?: string;
  /** Relative to its `src`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Relative to its `src`; the first that fails is enough. */
  readonly tests: readonly string[];
}
