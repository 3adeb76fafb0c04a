/** The few things that several wait for a signal of abortion with. */
import { setMaxListeners } from 'node:events';

/** Resolves when it fires, at once where it has. Never rejects. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** For a signal that any number may listen to: each that waits is one, so there is no leak to warn of. */
export function widelyHeard(): AbortController {
  const made = new AbortController();
  setMaxListeners(0, made.signal);
  return made;
}
