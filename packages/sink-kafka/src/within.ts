/** What is awaited of a client ends by our own limits and our own stop: the client may never say anything. */

/** Thrown when a limit is reached first. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/** The end of waiting, whichever is first: after `limitMs`, after a silence, or when `signal` fires. */
export interface Bounds {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Absent: nothing is listened for. */
  readonly silence?: Silence;
}

export interface Silence {
  /** From this on, and at most twice as long, in milliseconds. */
  readonly silenceMs: number;
  /** Another number whenever something was heard of the peer. */
  heard(): number;
}

/**
 * What `work` comes to. What it comes to later is let go.
 * @throws Overdue, or the signal's reason.
 */
export async function within<T>(work: Promise<T>, { limitMs, signal, silence }: Bounds): Promise<T> {
  let end = (): void => undefined;
  const over = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    const overdue = (ms: number) => () => reject(new Overdue(`nothing within ${ms} ms`));
    const timer = setTimeout(overdue(limitMs), limitMs);
    const stopListening = silence === undefined ? undefined : listen(silence, overdue(silence.silenceMs));
    end = () => {
      clearTimeout(timer);
      stopListening?.();
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

/** Calls `overdue` after a silence; gives what ends it. */
function listen({ silenceMs, heard }: Silence, overdue: () => void): () => void {
  let last = heard();
  const timer = setInterval(() => {
    const now = heard();
    if (now === last) overdue();
    last = now;
  }, silenceMs);
  return () => clearInterval(timer);
}
