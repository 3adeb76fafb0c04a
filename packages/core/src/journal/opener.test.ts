import { expect, test } from 'vitest';
import type { Runtime } from '../runtime.ts';
import type { Journal } from './journal.ts';
import { openJournalOf } from './opener.ts';

test('whoever opens a journal of its own is given the runtime, and nothing is looked for in a folder', async () => {
  const journal = {} as Journal;
  const runtime = {} as Runtime;
  const given: Runtime[] = [];
  const opener = {
    open: async (one: Runtime) => {
      given.push(one);
      return journal;
    },
  };
  expect(await openJournalOf(opener, runtime)).toBe(journal);
  expect(given).toEqual([runtime]);
});
