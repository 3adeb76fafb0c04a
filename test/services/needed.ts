/** What the tests of a file need of the machine: had before them, given back after them. */
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** The first on a machine downloads or builds it, while others do the same. */
const FIRST_TIME_MS = 600_000;

export interface Need<T> {
  /** As it is told where it cannot be had: `no Elasticsearch: …`. */
  readonly name: string;
  get(): Promise<T>;
  /** It cannot be had on every machine that runs CI, so that without it the tests are skipped there too. */
  readonly isOptional?: boolean;
  /** How long getting it may take, the first time on a machine; default ten minutes. */
  readonly firstTimeMs?: number;
  giveBack?(it: T): Promise<void>;
}

/**
 * Gets it before the tests of this `describe`; what is returned gives it to them, and throws outside of one. Where it
 * cannot be had the tests are skipped with the reason, but in CI they fail unless it is optional.
 */
export function needed<T>({ name, get, giveBack, isOptional = false, firstTimeMs = FIRST_TIME_MS }: Need<T>): () => T {
  let had: { readonly it: T } | undefined;
  let reason = 'not started';
  beforeAll(async () => {
    try {
      had = { it: await get() };
    } catch (error) {
      if (process.env['CI'] === 'true' && !isOptional) throw error;
      reason = `no ${name}: ${String(error)}`;
      console.warn(reason);
    }
  }, firstTimeMs);
  beforeEach(({ skip }) => skip(had === undefined, reason));
  afterAll(async () => {
    if (had !== undefined) await giveBack?.(had.it);
  });
  return () => {
    if (had === undefined) throw new Error(reason);
    return had.it;
  };
}
