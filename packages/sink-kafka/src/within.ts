/** What is awaited of a client ends by our own limit and our own stop: the client may never say anything. */

/** Thrown when the limit is reached first. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/** The end of waiting: after `limitMs`, or when `signal` fires, whichever is first. */
export interface Bounds {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * What `work` comes to. What it comes to later is let go.
 * @throws Overdue, or the signal's reason.
 */
export async function within<T>(work: Promise<T>, { limitMs, signal }: Bounds): Promise<T> {
  let end = (): void => undefined;
  const over = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    const timer = setTimeout(() => reject(new Overdue(`nothing within ${limitMs} ms`)), limitMs);
    end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    end();
  }
}
