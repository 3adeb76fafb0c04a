/** An older copy of the journal is put back: what the life that it does not know has sent goes out as replay. */
import { chmodSync, cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';

const NEVER = new AbortController().signal;
const ACME = { name: 'acme', feeds: ['organization'] } as const;
/** When the copy was made, and when it was put back; by the server, in seconds. */
const COPIED = 1_000_000;
const BACK = 2_000_000;
const logged: string[] = [];
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restore-'));
  path = join(folder, 'journal');
  logged.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function opened(at = path): Promise<Journal> {
  const log = (_level: string, code: string): void => void logged.push(code);
  const runtime = { now: () => 0, elapsedMs: () => 0, sleep: async () => undefined, random: () => 0, log };
  const journal = await openJournal({ path: at, max_bytes: 16 << 20, retention: 1e12, create: 'auto' }, runtime);
  await journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'beginning' }] });
  return journal;
}

function entry(id: string, second: number | undefined): Entry {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const time = second === undefined ? { timeMs: 9e12, timeGuessed: true as const } : { timeMs: second * 1000 };
  return { id, type: 't', ...time, receivedMs: 0, ...origin, raw: `{"id":"${id}"}` };
}

async function commit(
  journal: Journal,
  events: Readonly<Record<string, number | undefined>>,
  serverSeconds?: number,
): Promise<void> {
  const advance = (): Checkpoint => ({ version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} });
  const entries = Object.entries(events).map(([id, second]) => entry(id, second));
  const when = serverSeconds === undefined ? {} : { serverSeconds };
  await journal.source('acme').commit({ feed: 'organization', advance, entries, ...when }, NEVER);
}

/** The rest of the journal: each id, and whether it goes out as replay. */
async function sent(journal: Journal): Promise<Readonly<Record<string, boolean>>> {
  const lane = journal.lane('siem');
  const found: Record<string, boolean> = {};
  while (Object.keys(found).length < (journal.stats().lanes['siem']?.behindEntries ?? 0)) {
    for (const { entry: one, replay } of await lane.read(1e6, NEVER)) found[one.id] = replay;
  }
  return found;
}

/** A journal with `held` in it that no lane has read, closed cleanly, and a copy of it. */
async function copied(): Promise<void> {
  const journal = await opened();
  await commit(journal, { held: COPIED - 5 }, COPIED);
  await journal.close();
  cpSync(path, join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
}

/** A life that the copy does not know. */
async function live(): Promise<void> {
  const journal = await opened();
  await commit(journal, { meanwhile: COPIED + 500 }, COPIED + 1000);
  await journal.close();
}

const ways: readonly { readonly name: string; putBack(): void }[] = [
  {
    name: 'as a folder of its own',
    putBack: () => {
      rmSync(path, { recursive: true });
      renameSync(join(folder, 'copy'), path);
    },
  },
  {
    name: 'over what is there',
    putBack: () => cpSync(join(folder, 'copy'), path, { recursive: true, preserveTimestamps: true }),
  },
];

describe.each(ways)('a copy that is put back $name', ({ putBack }) => {
  test('goes out as replay, what it holds and what is read again of the past; what is new does not', async () => {
    await copied();
    await live();
    putBack();
    const journal = await opened();
    expect(logged).toContain('JOURNAL_RESTORED');
    await commit(journal, { meanwhile: COPIED + 500, early: BACK - 1, untimed: undefined }, BACK);
    await commit(journal, { late: BACK - 100, new: BACK + 1 }, BACK + 60);
    const replayed = { held: true, meanwhile: true, early: true, untimed: true, late: true };
    expect(await sent(journal)).toEqual({ ...replayed, new: false });
    await journal.close();
    const next = await opened();
    await commit(next, { older: COPIED + 600, newest: BACK + 100 }, BACK + 200);
    expect(await sent(next)).toEqual({ ...replayed, new: false, older: true, newest: false });
    await next.close();
    expect(logged.filter((code) => code === 'JOURNAL_RESTORED')).toHaveLength(1);
  });

  test('before the server has said what time it is, all that comes is replay', async () => {
    await copied();
    putBack();
    const journal = await opened();
    await commit(journal, { any: BACK + 100 });
    expect(await sent(journal)).toEqual({ held: true, any: true });
    await journal.close();
  });
});

describe('no copy', () => {
  const isNone = async (): Promise<void> => {
    const journal = await opened();
    await commit(journal, { next: COPIED + 1 }, COPIED + 2);
    expect(await sent(journal)).toEqual({ held: false, next: false });
    await journal.close();
    expect(logged).not.toContain('JOURNAL_RESTORED');
  };

  test('is a journal that was closed cleanly', async () => {
    await copied();
    await isNone();
  });

  test('is one that was killed, though it was written since its last close', async () => {
    await copied();
    const killed = await opened();
    await commit(killed, {}, COPIED);
    // What a kill leaves: the folder as it stands, and nobody who has closed it.
    const moved = `${path}-killed`;
    renameSync(path, moved);
    path = moved;
    rmSync(join(path, 'owner.sock'));
    await isNone();
    await killed.close();
  });

  test('is one whose folder was renamed', async () => {
    await copied();
    renameSync(path, `${path}-renamed`);
    path = `${path}-renamed`;
    await isNone();
  });
});

test('a person says that it is a copy where the file system cannot tell', async () => {
  await copied();
  const told = await opened();
  await told.markRestored();
  await told.close();
  const journal = await opened();
  await commit(journal, { meanwhile: COPIED + 500 }, BACK);
  expect(await sent(journal)).toEqual({ held: true, meanwhile: true });
  await journal.close();
});

test('what is taken for a copy and is none costs replay flags alone', async () => {
  await copied();
  chmodSync(join(path, 'data.mdb'), 0o640);
  const journal = await opened();
  expect(logged).toContain('JOURNAL_RESTORED');
  await commit(journal, { held: COPIED - 5, next: COPIED + 1 }, COPIED + 2);
  expect(await sent(journal)).toEqual({ held: true, next: true });
  await journal.close();
});
