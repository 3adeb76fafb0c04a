/** What the test of a damaged journal asks its child for, and what that says. */

/** The events of the journal before it is damaged: all are journaled, the first of them settled. */
export const EVENTS = 1200;
export const SETTLED = 500;
/** What happens once it is open again. */
export const NEW = 50;

export interface Trial {
  /** The journal's folder, already damaged. */
  readonly folder: string;
  /** Looks at it as a second process does, before it is opened. */
  readonly look: boolean;
}

/** `outcome`: `delivered`, or the code of the error. */
export interface TrialResult {
  readonly outcome: string;
  readonly problem?: string;
}
