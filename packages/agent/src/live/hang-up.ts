/**
 * SIGHUP: for a daemon the word to read its configuration again, as `systemctl reload` and `kill -HUP` send it; for what was
 * started on a terminal that is gone by now, the end.
 */
import { closeSync, openSync } from 'node:fs';

/** Signals are kept until there is somebody to take them. */
export interface HangUps {
  /** Called for each from now on, and once for those that came before. */
  take(reload: () => void): void;
  /** Whoever took them is gone: they are kept again. */
  keep(): void;
  /** From now on a signal is heard and does nothing. */
  close(): void;
}

/**
 * Listens from now on. `stop` is called when the terminal is gone.
 * @param hasTerminal says whether this process has one now; asked at once, and at each signal.
 */
export function hangUps(
  { events, stop }: { readonly events: NodeJS.EventEmitter; stop(): void },
  hasTerminal: () => boolean = isOnTerminal,
): HangUps {
  const hadTerminal = hasTerminal();
  let reload: (() => void) | undefined;
  let pending = false;
  let closed = false;
  events.on('SIGHUP', () => {
    if (closed) return;
    if (hadTerminal && !hasTerminal()) stop();
    else if (reload === undefined) pending = true;
    else reload();
  });
  return {
    take: (given) => {
      reload = given;
      if (pending) given();
      pending = false;
    },
    keep: () => {
      reload = undefined;
    },
    close: () => {
      closed = true;
    },
  };
}

/** `/dev/tty` cannot be opened by who has no terminal, or none any more (Linux tty(4)). */
function isOnTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
