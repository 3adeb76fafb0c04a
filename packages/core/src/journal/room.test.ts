import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { FeedCommit, Journal, LaneJournal } from './journal.ts';
import { openJournal } from './open.ts';
import { reserveBytes } from './room.ts';

const MAX = 16 << 20;
const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const NEVER = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface RoomWorld {
  readonly journal: Journal;
  readonly folder: string;
  readonly logged: { readonly code: string; readonly fields: unknown }[];
  /** Commits about one MB that does not shrink; false when it had to wait and `signal` fired. */
  fill(signal?: AbortSignal): Promise<boolean>;
  fileBytes(): number;
}

/** A journal of 16 MiB with the lanes `siem` and `lake`. */
async function world(): Promise<RoomWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'room-'));
  const logged: { code: string; fields: unknown }[] = [];
  const journal = await openJournal(
    { path: folder, max_bytes: MAX, retention: 7 * 86_400_000, create: 'auto' },
    {
      now: () => 0,
      elapsedMs: () => 0,
      sleep: () => Promise.resolve(),
      random: () => 0,
      log: (...line) => logged.push({ code: line[1], fields: line[3] }),
    },
  );
  closing.push(async () => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await journal.configure({
    sources: [ACME],
    lanes: [
      { name: 'siem', startFrom: 'beginning' },
      { name: 'lake', startFrom: 'beginning' },
    ],
  });
  const fill = async (signal: AbortSignal = NEVER): Promise<boolean> => {
    const entries = Array.from({ length: 20 }, () => noise());
    const commit = journal.source('acme').commit({ feed: 'organization', advance, entries }, signal);
    return commit.then(
      () => true,
      () => false,
    );
  };
  return { journal, folder, logged, fill, fileBytes: () => statSync(join(folder, 'data.mdb')).size };
}

function advance(): Checkpoint {
  return { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} };
}

function letter(): DeadLetter {
  return { lane: 'siem', entry: noise(), reason: 'no', kind: 'rejected', attempts: 1, atMs: 0 };
}

function malformedRecords(count: number): FeedCommit {
  const odd = Array.from({ length: count }, () => ({ raw: noise().raw, reason: 'no', receivedMs: 0 }));
  return { feed: 'organization', advance, entries: [], malformedRecords: odd };
}

function noise(): Entry {
  const id = randomBytes(8).toString('hex');
  const raw = randomBytes(25_000).toString('hex');
  return { id, type: 't', timeMs: 0, receivedMs: 0, source: 'acme', feed: 'organization', dialect: 'audit_logs', raw };
}

/** Fills until a commit waits, and gives that commit; boxed, as `await` would wait for it. */
async function untilFull({ journal, fill }: RoomWorld): Promise<{ readonly committed: Promise<boolean> }> {
  for (let commits = 0; commits < 100; commits += 1) {
    const committing = fill();
    await turns();
    if (journal.stats().fullBecauseOf !== undefined) return { committed: committing };
    await committing;
  }
  throw new Error('never full');
}

/** Lets the writer's turns of the event loop pass. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(lane: LaneJournal, bytes: number): Promise<void> {
  const read = await lane.read(bytes, NEVER);
  const last = read.at(-1);
  await lane.save({ ...(last && { position: last.position }), settled: [] });
}

describe('a full journal', () => {
  test('makes the source wait, names the lane, and goes on when that lane moves', async () => {
    const full = await world();
    const siem = full.journal.lane('siem');
    const waiting = await untilFull(full);
    expect(full.journal.stats().fullBecauseOf).toBe('siem');
    await pass(full.journal.lane('lake'), MAX);
    await pass(siem, 4 << 20);
    expect(await waiting.committed).toBe(true);
    expect(full.journal.stats().fullBecauseOf).toBeUndefined();
  });

  test('has nothing of a commit that waits, its checkpoint neither', async () => {
    const full = await world();
    await untilFull(full);
    const acme = full.journal.source('acme');
    const controller = new AbortController();
    const entries = Array.from({ length: 20 }, () => noise());
    const read = (): Checkpoint => ({ ...advance(), done: [{ from: 0, to: 60 }] });
    const waiting = acme.commit({ feed: 'organization', advance: read, entries }, controller.signal);
    await full.journal.lane('siem').save({ settled: [] });
    expect(acme.checkpoint('organization')?.done).toEqual([]);
    controller.abort(new Error('the drain is over'));
    await expect(waiting).rejects.toThrow('the drain is over');
    expect(acme.checkpoint('organization')?.done).toEqual([]);
    for (const name of ['siem', 'lake']) await pass(full.journal.lane(name), MAX);
  });

  test('gives up waiting when the signal fires', async () => {
    const full = await world();
    const first = await untilFull(full);
    const controller = new AbortController();
    const second = full.fill(controller.signal);
    await turns();
    controller.abort();
    expect(await second).toBe(false);
    for (const name of ['siem', 'lake']) await pass(full.journal.lane(name), MAX);
    expect(await first.committed).toBe(true);
  });

  test('still takes cursors, checkpoints and dead letters, until those do not fit either', async () => {
    const full = await world();
    const waiting = await untilFull(full);
    await full.journal.lane('siem').save({ settled: [] });
    await full.journal.deadLetters.add([letter()]);
    const many = Array.from({ length: 200 }, letter);
    await expect(full.journal.deadLetters.add(many)).rejects.toMatchObject({ code: 'DEAD_LETTERS_FULL' });
    for (const name of ['siem', 'lake']) await pass(full.journal.lane(name), MAX);
    expect(await waiting.committed).toBe(true);
  });

  const causes: readonly (readonly [by: string, fill: (journal: Journal) => Promise<unknown>])[] = [
    ['dead letters', (journal) => journal.deadLetters.add(Array.from({ length: 240 }, letter))],
    ['records without an id', (journal) => journal.source('acme').commit(malformedRecords(240), NEVER)],
  ];
  test.each(causes)('names %s when those take most of it', async (by, fill) => {
    const full = await world();
    await fill(full.journal);
    const waiting = await untilFull(full);
    expect(full.journal.stats().fullBecauseOf).toBe(by);
    for (const name of ['siem', 'lake']) await pass(full.journal.lane(name), MAX);
    await waiting.committed;
  });

  test('counts records without an id in bytes, not in characters', async () => {
    const { journal } = await world();
    const controller = new AbortController();
    const wide = Array.from({ length: 120 }, () => ({
      raw: `${noise().id}${'字'.repeat(50_000)}`,
      reason: 'no',
      receivedMs: 0,
    }));
    const commit = { feed: 'organization', advance, entries: [], malformedRecords: wide } as const;
    const waiting = expect(journal.source('acme').commit(commit, controller.signal)).rejects.toThrow('aborted');
    await turns();
    expect(journal.stats().fullBecauseOf).toBe('one very large commit');
    controller.abort();
    await waiting;
  });

  test('names a commit that is larger than everything', async () => {
    const { journal } = await world();
    const controller = new AbortController();
    const entries = Array.from({ length: 700 }, noise);
    const commit = { feed: 'organization', advance, entries } as const;
    const waiting = expect(journal.source('acme').commit(commit, controller.signal)).rejects.toThrow('aborted');
    await turns();
    expect(journal.stats().fullBecauseOf).toBe('one very large commit');
    controller.abort();
    await waiting;
  });

  test('was foretold at 50, 80 and 95 % with the lane that is behind', async () => {
    const full = await world();
    const waiting = await untilFull(full);
    const told = full.logged.filter(({ code }) => code === 'JOURNAL_FILLING').map(({ fields }) => fields);
    expect(told).toMatchObject([{ percent: 50, because: 'siem' }, { percent: 80 }, { percent: 95 }]);
    for (const name of ['siem', 'lake']) await pass(full.journal.lane(name), MAX);
    await waiting.committed;
  });
});

test('passed entries leave, oldest first, and the file stays within the bound and its reserve', async () => {
  const { journal, fill, fileBytes } = await world();
  const lanes = [journal.lane('siem'), journal.lane('lake')];
  for (let commits = 0; commits < 120; commits += 1) {
    expect(await fill()).toBe(true);
    for (const lane of lanes) await pass(lane, 1 << 20);
  }
  expect(journal.stats().bytes).toBeLessThanOrEqual(MAX);
  expect(journal.stats().bytes).toBeGreaterThan(MAX / 2);
  expect(fileBytes()).toBeLessThanOrEqual(MAX + reserveBytes(MAX));
});
