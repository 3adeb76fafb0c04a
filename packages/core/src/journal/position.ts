/** A place in the journal, and what becomes of the entry that stands there: the words that lanes, replays and dead letters share. */

declare const positionBrand: unique symbol;

/**
 * An opaque place in the journal. Nothing outside `journal/` compares or counts positions: a lane
 * numbers its entries itself and hands back only positions it was given.
 */
export type Position = string & { readonly [positionBrand]: never };

/** Why an entry is settled. `excluded.when`: by the lane's filter; `excluded.start_from`: it happened before the lane's start; else by the sink's rule of that name. */
export type SettledAs = 'acked' | 'dead_lettered' | `excluded.${string}`;

/** How many entries were settled in which way; none: left out. */
export type SettledCounts = Readonly<Record<string, number>>;
