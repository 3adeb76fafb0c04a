/**
 * Whether a list ends where a page brings nothing new. The API is not taken at its word: cursors are forgotten, pages
 * come twice, `has_more` is wrong, and a false end would be a silent gap. `walk.ts` finds out what stands behind the
 * last page that brought something, and on the other side of its cursor. Pure.
 */

export interface Ending {
  /** What the last page said that brought something: that none follows, or more; and if more, whether it was full. */
  readonly promised: 'none' | 'more' | 'more_behind_full';
  /** What came behind it: nothing, known events, the same with more to come, or a refusal. */
  readonly behind: 'nothing' | 'known' | 'known_and_more' | 'refused';
  /**
   * What stands on the other side of its cursor: known events, as it should be; nothing, so that the cursor is
   * forgotten; the cursor's own page again or events that are out of the window, which say nothing; a refusal; or it may not be asked any more.
   */
  readonly otherSide: 'known' | 'nothing' | 'silent' | 'refused' | 'unasked';
}

/** `unsure`: it cannot be told from this walk alone. */
export type ListEnd = 'end' | 'unsure' | 'forgotten' | 'loop' | 'refused';

export function verdictOn({ promised, behind, otherSide }: Ending): ListEnd {
  // Both agree, and the API knows the cursor; whatever else comes behind an end, the end is still the likeliest.
  if (promised === 'none') return behind === 'nothing' && otherSide === 'known' ? 'end' : 'unsure';
  if (behind === 'refused' || otherSide === 'refused') return 'refused';
  if (behind === 'known_and_more' || otherSide === 'unasked') return 'loop';
  if (otherSide === 'nothing') return 'forgotten';
  // A page that was not full had promised too much. Behind a full one the cursor may have been forgotten, and handed
  // out again to another walk since; or it was the last, and the API took it for one of many.
  return promised === 'more' ? 'end' : 'unsure';
}
