/** Whatever makes room wakes a commit that waits for it, in the order of nobody's calls. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';

/** Smaller than any configuration allows, so that ids fill it in a moment. */
const MAX = 1 << 20;
const ACME = { name: 'acme', feeds: ['organization'] } as const;
const LANES = ['siem', 'lake'].map((name) => ({ name, startFrom: 'beginning' as const }));
const HOUR_SECONDS = 3600;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function world(): Promise<Journal> {
  const folder = mkdtempSync(join(tmpdir(), 'room-'));
  const runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    sleep: async () => undefined,
    random: () => 0,
    log: () => undefined,
  };
  const journal = await openJournal({ path: folder, max_bytes: MAX, retention: 0, create: 'auto' }, runtime);
  closing.push(async () => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await journal.configure({ sources: [ACME], lanes: LANES });
  return journal;
}

const checkpoint: Checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: { sweep: 1 } };
let ids = 0;

function entries(count: number, raw = '{}'): readonly Entry[] {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return Array.from({ length: count }, () => ({
    id: `e${ids++}`,
    type: 't',
    timeMs: 0,
    receivedMs: 0,
    ...origin,
    raw,
  }));
}

function commit(journal: Journal, given: readonly Entry[], advance = () => checkpoint): Promise<unknown> {
  const { signal } = new AbortController();
  return journal.source('acme').commit({ feed: 'organization', advance, entries: given }, signal);
}

/** Both lanes, or those named, pass all there is. */
async function pass(journal: Journal, lanes: readonly string[] = ['siem', 'lake']): Promise<void> {
  for (const name of lanes) {
    const lane = journal.lane(name);
    const read = await lane.read(1e9, new AbortController().signal);
    const last = read.at(-1);
    await lane.save({ ...(last && { position: last.position }), settled: [] });
  }
}

/** Commits what `next` gives until one waits; `after` follows each that does not. */
async function untilWaiting(
  journal: Journal,
  next: () => readonly Entry[],
  after: () => Promise<void> = async () => undefined,
): Promise<{ readonly committed: Promise<unknown> }> {
  for (let commits = 0; commits < 500; commits += 1) {
    const committed = commit(journal, next());
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (journal.stats().fullBecauseOf !== undefined) return { committed };
    await committed;
    await after();
  }
  throw new Error('never full');
}

/** Text that does not shrink. */
function noise(): string {
  return JSON.stringify(Array.from({ length: 4_000 }, () => Math.random()));
}

interface Release {
  readonly by: string;
  fill(journal: Journal): Promise<{ readonly committed: Promise<unknown> }>;
  release(journal: Journal): Promise<unknown>;
}

const byLanes = (journal: Journal): Promise<{ readonly committed: Promise<unknown> }> =>
  untilWaiting(journal, () => entries(1, noise()));

const releases: readonly Release[] = [
  {
    by: 'ids that are forgotten',
    fill: (journal) =>
      untilWaiting(
        journal,
        () => entries(2_000),
        () => pass(journal),
      ),
    release: (journal) => commit(journal, [], () => ({ ...checkpoint, idsNeededFrom: 2 * HOUR_SECONDS })),
  },
  { by: 'lanes that move on', fill: byLanes, release: (journal) => pass(journal) },
  {
    by: 'a lane that is taken out',
    fill: async (journal) => {
      const waiting = await byLanes(journal);
      await pass(journal, ['siem']);
      return waiting;
    },
    release: (journal) => journal.configure({ sources: [ACME], lanes: LANES.slice(0, 1) }),
  },
  {
    by: 'the transaction that found no room',
    // Refused and released in one turn of the loop: nobody waits yet when the room is made.
    fill: async (journal) => {
      const waiting = await byLanes(journal);
      await pass(journal, ['siem']);
      const refused = commit(journal, entries(1, noise()));
      const passing = pass(journal, ['lake']);
      await passing;
      return { committed: Promise.all([waiting.committed, refused]) };
    },
    release: async () => undefined,
  },
];

test.each(releases)('a commit that waits goes on by $by', async ({ fill, release }) => {
  const journal = await world();
  const { committed } = await fill(journal);
  await release(journal);
  await committed;
  expect(journal.stats().fullBecauseOf).toBeUndefined();
});

test('a commit that still does not fit is not tried again and again', async () => {
  const journal = await world();
  const { committed } = await byLanes(journal);
  let tries = 0;
  const { signal } = new AbortController();
  const advance = (): Checkpoint => {
    tries += 1;
    return checkpoint;
  };
  const large = journal.source('acme').commit({ feed: 'organization', advance, entries: entries(1, noise()) }, signal);
  for (let saves = 0; saves < 20; saves += 1) await journal.lane('siem').save({ settled: [] });
  expect(tries).toBe(1);
  await pass(journal);
  await Promise.all([committed, large]);
});
