/** What the journal is given a second time on purpose, and seconds of which it holds a part. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';

const NEVER = new AbortController().signal;
const HOUR = 3_600_000;
const start: Checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function entry(id: string, change: Partial<Entry> = {}): Entry {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const raw = `{"id":"${id}"}`;
  return { id, type: 'login.succeeded', timeMs: 10 * HOUR, receivedMs: 10 * HOUR, ...origin, raw, ...change };
}

/** A journal with one lane, `siem`, and a way to open it anew. */
async function world(): Promise<{ readonly journal: Journal; reopen(): Promise<Journal> }> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-again-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const runtime: Runtime = {
    now: () => 10 * HOUR,
    elapsedMs: () => 10 * HOUR,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: () => undefined,
  };
  const config = { path: join(folder, 'data'), max_bytes: 16 << 20, retention: 168 * HOUR, create: 'auto' } as const;
  const reopen = async (): Promise<Journal> => {
    const journal = await openJournal(config, runtime);
    ends.push(() => journal.close());
    return journal;
  };
  const journal = await reopen();
  const sources = [{ name: 'acme', feeds: ['organization', 'tenant'] }] as const;
  await journal.configure({ sources, lanes: [{ name: 'siem', startFrom: 'beginning' }] });
  return { journal, reopen };
}

async function commit(
  journal: Journal,
  entries: readonly Entry[],
  checkpoint: Partial<Checkpoint> = {},
): Promise<number> {
  const advance = (): Checkpoint => ({ ...start, ...checkpoint });
  const result = await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
  return result.journaled.length;
}

describe('what is wanted once more', () => {
  test('is taken although its ids are known, once a commit, and goes out as replay', async () => {
    const { journal, reopen } = await world();
    await commit(journal, [entry('a'), entry('b')]);
    const again = ['a', 'a', 'b'].map((id) => entry(id, { again: true }));
    const advance = (): Checkpoint => start;
    const result = await journal
      .source('acme')
      .commit({ feed: 'organization', advance, entries: again, again: true }, NEVER);
    expect(result).toMatchObject({ duplicates: 1 });
    await commit(journal, [entry('c')]);
    const read = async (from: Journal): Promise<readonly (readonly [string, boolean])[]> =>
      (await from.lane('siem').read(1e6, NEVER)).map(({ entry: { id }, replay }) => [id, replay] as const);
    const all = [
      ['a', false],
      ['b', false],
      ['a', true],
      ['b', true],
      ['c', false],
    ];
    expect(await read(journal)).toEqual(all);
    await journal.close();
    // From the disk too.
    const reopened = await reopen();
    expect(await read(reopened)).toEqual(all);
    // No reach was ever moved, so none of them lies within it.
    await reopened.close();
    const portion = await (await reopen()).lane('siem').read(1e6, NEVER);
    expect(portion.map(({ withinReach }) => withinReach)).toEqual(all.map(() => false));
  });

  test('a second that is read in part keeps its ids, however far the sweeps have come', async () => {
    const { journal } = await world();
    const passes = { sweep: 1 };
    const halfRead = [{ from: 36_000, to: 36_001 }];
    await commit(journal, [entry('a')], { passes, halfRead });
    await commit(journal, [], { passes, halfRead, idsNeededFrom: 100 * 3600 });
    expect(await commit(journal, [entry('a'), entry('b')], { passes, idsNeededFrom: 100 * 3600 })).toBe(1);
    // Now it is read whole, and nobody will read it again.
    expect(await commit(journal, [entry('a')], { passes })).toBe(1);
  });
});
