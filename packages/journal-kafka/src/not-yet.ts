/**
 * What the journal on Kafka does not keep yet, refused in a way that loses nothing: an event that would be set aside blocks its lane,
 * and what somebody asks for is answered that it cannot be had.
 */
import { type DeadLetters, RelayError, type Replays } from '@audit-relay/core/journal';

/** Until the signal fires: nothing ever comes. */
function never<T>(signal: AbortSignal): Promise<T> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function unsupported(what: string): RelayError {
  return new RelayError('JOURNAL_UNSUPPORTED', `the journal on Kafka ${what} yet: use the embedded journal for it`);
}

export const noDeadLetters: DeadLetters = {
  add: async () => {
    const fix = 'mend what the sink refuses, or use the embedded journal';
    throw new RelayError('DEAD_LETTERS_FULL', `the journal on Kafka keeps no dead letters yet: ${fix}`);
  },
  list: () => [],
  newest: () => [],
  malformedRecords: () => [],
  retry: async () => 0,
  drop: async () => 0,
  takeRetries: (_lane, _maxBytes, signal) => never(signal),
  settle: async () => undefined,
  failAgain: async () => undefined,
};

export const noReplays: Replays = {
  begin: async () => {
    throw unsupported('replays nothing');
  },
  end: async () => false,
  lane: () => ({ next: (_maxBytes, signal) => never(signal), save: async () => undefined }),
};

/** @throws RelayError `JOURNAL_UNSUPPORTED` */
export function refuseRestored(): never {
  throw unsupported('cannot be told that it is an older copy');
}
