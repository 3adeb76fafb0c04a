/** Two things to do with a sorted list, in place and without comparing all of it. */

/** How many leading elements fulfil `holds`, which must be true up to some point and false after it. */
export function countWhile(list: readonly number[], holds: (element: number) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    // Within the list by construction, which the compiler cannot see.
    if (holds(list[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Merges `batch` into `list`, both sorted by `compare`; equal elements keep their order, the batch's after the
 * list's. From the back, so that what is newest costs nothing however long the list is.
 */
export function mergeInto(
  list: number[],
  batch: readonly number[],
  compare: (left: number, right: number) => number,
): void {
  let kept = list.length - 1;
  for (const element of batch) list.push(element);
  let target = list.length - 1;
  for (let rest = batch.length - 1; rest >= 0; target -= 1) {
    // Both indexes are within their lists by construction, which the compiler cannot see.
    const [left, right] = [list[kept] as number, batch[rest] as number];
    const takeLeft = kept >= 0 && compare(left, right) > 0;
    list[target] = takeLeft ? left : right;
    if (takeLeft) kept -= 1;
    else rest -= 1;
  }
}
