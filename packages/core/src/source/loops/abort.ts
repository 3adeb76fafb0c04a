/** Work that can be aborted from outside and from within. */

/**
 * Runs `work` with a controller that aborts with `outer`, and lets go of `outer` at the end.
 * `AbortSignal.any` would do the same, but on Node 20 it keeps its result reachable as long as
 * `outer` lives, which here is as long as the process.
 */
export async function abortable<T>(outer: AbortSignal, work: (inner: AbortController) => Promise<T>): Promise<T> {
  const inner = new AbortController();
  const pass = (): void => inner.abort(outer.reason);
  if (outer.aborted) pass();
  outer.addEventListener('abort', pass, { once: true });
  try {
    return await work(inner);
  } finally {
    outer.removeEventListener('abort', pass);
  }
}
