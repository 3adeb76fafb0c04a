/** The limit of whatever is awaited that is not ours: a plugin that opens, checks, sets up, closes, or only loads. */
import { setTimeout } from 'node:timers/promises';

/**
 * What `work` gives, or an Error after `limitMs` milliseconds, when its signal fires: a plugin may be deaf to that.
 * @throws what `work` throws.
 */
export async function withinLimit<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const ended = new AbortController();
  const limit = setTimeout(limitMs, undefined, { signal: ended.signal }).then(() => {
    late.abort(new Error(`not done within ${limitMs / 1_000} s`));
    throw late.signal.reason;
  });
  try {
    return await Promise.race([work(late.signal), limit]);
  } finally {
    ended.abort();
    await limit.catch(() => undefined);
  }
}
