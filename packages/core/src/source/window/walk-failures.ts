/** Why a walk cannot end, in words. `walk.ts` and the older dialect's walks give these to health. */
import type { Unfit } from '../api/feed-api.ts';
import type { ReadFailure } from '../health/health.ts';

/** A walk, of either dialect, that was given one place twice. */
export const LOOP: ReadFailure = {
  code: 'CURSOR_LOOP',
  problem: 'the API gives the same page again: its cursor does not go forward; run `audit-relay doctor`',
};
/** A walk, of either dialect, that was promised more and given nothing. */
export const EMPTY: ReadFailure = {
  code: 'HAS_MORE_EMPTY',
  problem:
    'the API says that there is more and then gives an empty page: the window is read again; if it lasts, run `audit-relay doctor` and report it with the request id',
};
/** A walk, of either dialect, that was promised more and not told where. */
export const MISSING: ReadFailure = {
  code: 'CURSOR_MISSING',
  problem:
    'the API says that there is more and names no place to go on from: the window is read again; if it lasts, run `audit-relay doctor` and report it with the request id',
};
/** Of a single second it could not be told whether its list ended where a page did. */
export const UNSURE: ReadFailure = {
  code: 'LIST_END_UNSURE',
  problem:
    'the API contradicts itself about where a list ends: the second is read again, and taken when it comes the same',
};
/** A cursor that was just given is not taken. */
export const REFUSED: ReadFailure = {
  code: 'CURSOR_REFUSED',
  problem:
    'the API refuses the cursor that its page before has given: the window is read again in parts; if it lasts, report it with the request id',
};
/**
 * A page with none of the window's events, and more to come, means that the window is not obeyed on
 * pages after the first: smaller windows need no second page. When even one second does, nothing helps.
 */
export const IGNORED: ReadFailure = {
  code: 'WINDOW_IGNORED',
  problem:
    'the API ignores the asked time (effective_at): check that base_url is the API and no proxy drops parameters',
};

/** Even one record does not come. */
export const UNFIT: Readonly<Record<Exclude<Unfit, 'over_share'>, ReadFailure>> = {
  too_large: {
    code: 'RECORD_TOO_LARGE',
    problem:
      'a record is larger than an answer may be (64 MiB) even alone: its second stays unread and is asked for again, ever more seldom, while all others are read; report its time to the vendor',
  },
  too_slow: {
    code: 'RECORD_TOO_SLOW',
    problem:
      'an answer with a single record does not come whole in time (120 s): its second stays unread and is asked for again, ever more seldom, while all others are read; look at the network and the proxy',
  },
};
