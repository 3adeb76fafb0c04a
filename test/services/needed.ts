/** What the tests of a file need of the machine: had before them, given back after them. */
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface Need<T> {
  /** As it is told where it cannot be had: `no Elasticsearch: …`. */
  readonly name: string;
  get(): Promise<T>;
  giveBack?(it: T): Promise<void>;
}

/**
 * Gets it before the tests of this `describe`; what is returned gives it to them, and throws outside of one. Where it
 * cannot be had the tests are skipped with the reason, but in CI they fail.
 */
export function needed<T>({ name, get, giveBack }: Need<T>): () => T {
  let had: { readonly it: T } | undefined;
  let reason = 'not started';
  beforeAll(async () => {
    try {
      had = { it: await get() };
    } catch (error) {
      if (process.env['CI'] === 'true') throw error;
      reason = `no ${name}: ${String(error)}`;
      console.warn(reason);
    }
  });
  beforeEach(({ skip }) => skip(had === undefined, reason));
  afterAll(async () => {
    if (had !== undefined) await giveBack?.(had.it);
  });
  return () => {
    if (had === undefined) throw new Error(reason);
    return had.it;
  };
}
