/** A lane's cursor, made as the core makes one, of what it was given and what of that is settled. */
import type { Cursor, JournaledEntry } from '@audit-relay/core/journal';

/** @param given all that the lane was ever given, in this order */
export function cursorOf(given: readonly JournaledEntry[], isSettled: (at: number) => boolean): Cursor {
  const first = given.findIndex((_, at) => !isSettled(at));
  const upTo = first < 0 ? given.length : first;
  const counts = (some: readonly JournaledEntry[]): Record<string, number> => {
    const total: Record<string, number> = {};
    for (const { partition } of some) total[`${partition}/acked`] = (total[`${partition}/acked`] ?? 0) + 1;
    return total;
  };
  const position = given[upTo - 1]?.position;
  const settled = given.flatMap((one, at) =>
    at >= upTo && isSettled(at) ? [{ first: one.position, last: one.position, counts: counts([one]) }] : [],
  );
  return { ...(position !== undefined && { position }), settled, counts: counts(given.slice(0, upTo)) };
}
