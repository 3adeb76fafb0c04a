/** The journal that is damaged: what is put into it, and what must come out of it, each event once. */

import { type Checkpoint, type Entry, type Journal, openJournal, type Runtime } from '../invariants/core.ts';
import { EVENTS, NEW, SETTLED } from './order.ts';

const NEVER = new AbortController().signal;
const LANE = 'siem';
const COMMIT = 400;
const SECOND_MS = 60_000;

const runtime: Runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  random: () => 0,
  sleep: async () => undefined,
  log: () => undefined,
};

export async function open(folder: string): Promise<Journal> {
  const journal = await openJournal({ path: folder, max_bytes: 16 << 20, retention: 1e12, create: 'auto' }, runtime);
  try {
    const origin = { dialect: 'audit_logs', baseUrl: 'https://a.example', key: 'k' } as const;
    await journal.configure({
      sources: [{ name: 'acme', feeds: ['organization', 'tenant'], origin }],
      lanes: [{ name: LANE, startFrom: 'beginning' }],
    });
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function entry(number: number): Entry {
  const id = `audit_log-${number}`;
  const noise = Array.from({ length: 8 }, (_, at) => ((number + 1) * (at + 7) * 0x9e3779b1).toString(36)).join('');
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const raw = JSON.stringify({ id, noise });
  return { id, type: 'login.succeeded', timeMs: number * SECOND_MS, receivedMs: 0, ...origin, raw };
}

async function commit(journal: Journal, from: number, to: number): Promise<void> {
  const advance = (): Checkpoint => {
    const done = [{ from: 0, to: to * 60 }];
    return { version: 1, startSeconds: 0, startProvisional: false, done, passes: { sweep: 1 }, sawEvent: true };
  };
  const entries = Array.from({ length: to - from }, (_, index) => entry(from + index));
  await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
}

/** A journal as an agent leaves it: commits large and small, a cursor, dead letters, and pages that were used before. */
export async function make(folder: string): Promise<void> {
  const journal = await open(folder);
  for (let from = 0; from < EVENTS; ) {
    const to = Math.min(EVENTS, from + (from % 3 === 0 ? 250 : 7));
    await commit(journal, from, to);
    from = to;
  }
  const letter = { lane: LANE, reason: 'no', kind: 'rejected', attempts: 1, atMs: 0 } as const;
  await journal.deadLetters.add(Array.from({ length: 5 }, (_, n) => ({ ...letter, entry: entry(n) })));
  const lane = journal.lane(LANE);
  for (let settled = 0; settled < SETTLED; ) {
    const read = await lane.read(1, NEVER);
    settled += read.length;
    const last = read.at(-1);
    if (settled % 25 === 0 || settled === SETTLED)
      await lane.save({ ...(last && { position: last.position }), settled: [] });
  }
  await lane.extend(10);
  await journal.close();
}

/** Everything that a lane is given after all was read from the API once more, and some that is new. */
export async function deliver(folder: string): Promise<readonly string[]> {
  const journal = await open(folder);
  try {
    for (let from = 0; from < EVENTS + NEW; from += COMMIT) {
      await commit(journal, from, Math.min(EVENTS + NEW, from + COMMIT));
    }
    const lane = journal.lane(LANE);
    const ids: string[] = [];
    while ((journal.stats().lanes[LANE]?.behindEntries ?? 0) !== 0) {
      const read = await lane.read(1e6, NEVER);
      const last = read.at(-1);
      ids.push(...read.map(({ entry: { id } }) => id));
      await lane.save({ ...(last && { position: last.position }), settled: [] });
    }
    return ids;
  } finally {
    await journal.close();
  }
}

/** What `deliver` must give. */
export function owed(): readonly string[] {
  return Array.from({ length: EVENTS + NEW - SETTLED }, (_, index) => entry(SETTLED + index).id);
}
