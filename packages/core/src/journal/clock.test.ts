/** What a host's clock that is set by hours or days does to the journal: entries leave early or late, and only what every lane has passed. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal, LaneJournal } from './journal.ts';
import { openJournal } from './open.ts';

const MAX_BYTES = 16 << 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 2, 1, 12);
const NEVER = new AbortController().signal;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface ClockWorld {
  readonly journal: Journal;
  readonly lane: LaneJournal;
  readonly told: { readonly code: string; readonly fields: unknown }[];
  setClock(byMs: number): void;
  pass(ms: number): void;
  /** About one MB that does not shrink, received at the host's now. */
  fill(): Promise<void>;
  /** The lane reads all there is and passes it. */
  passAll(): Promise<number>;
}

async function world(): Promise<ClockWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-clock-'));
  const clock = { nowMs: START_MS, elapsedMs: 0 };
  const told: { code: string; fields: unknown }[] = [];
  const journal = await openJournal(
    { path: folder, max_bytes: MAX_BYTES, retention: 7 * DAY_MS, create: 'auto' },
    {
      now: () => clock.nowMs,
      elapsedMs: () => clock.elapsedMs,
      sleep: () => Promise.resolve(),
      random: () => 0,
      log: (...line) => told.push({ code: line[1], fields: line[3] }),
    },
  );
  ends.push(async () => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await journal.configure({
    sources: [{ name: 'acme', feeds: ['organization'] }],
    lanes: [{ name: 'siem', startFrom: 'beginning' }],
  });
  const lane = journal.lane('siem');
  const advance = (): Checkpoint => ({ version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} });
  return {
    journal,
    lane,
    told,
    setClock: (byMs) => {
      clock.nowMs += byMs;
    },
    pass: (ms) => {
      clock.nowMs += ms;
      clock.elapsedMs += ms;
    },
    fill: async () => {
      const entries = Array.from({ length: 20 }, () => noise(clock.nowMs));
      await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
    },
    passAll: async () => {
      let entries = 0;
      for (let left = journal.stats().lanes['siem']?.behindEntries ?? 0; left > 0; ) {
        const portion = await lane.read(1 << 20, NEVER);
        const position = portion.at(-1)?.position;
        await lane.save({ ...(position !== undefined && { position }), settled: [] });
        entries += portion.length;
        left -= portion.length;
      }
      return entries;
    },
  };
}

function noise(receivedMs: number): Entry {
  const id = randomBytes(8).toString('hex');
  const raw = JSON.stringify({ id, noise: randomBytes(26_000).toString('base64') });
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id, type: 'login.succeeded', timeMs: receivedMs, receivedMs, ...origin, raw };
}

describe('retention by age', () => {
  test('never takes what a lane has not passed, however far ahead the clock is set', async () => {
    const { fill, journal, passAll, setClock } = await world();
    for (let commits = 0; commits < 5; commits += 1) await fill();
    setClock(3_650 * DAY_MS);
    await fill();
    expect(journal.stats().entries).toBe(120);
    expect(await passAll()).toBe(120);
  });

  test('takes what every lane has passed early when the clock is set ahead', async () => {
    const { fill, journal, passAll, setClock } = await world();
    await fill();
    await passAll();
    await fill();
    setClock(8 * DAY_MS);
    await fill();
    expect(journal.stats()).toMatchObject({ entries: 40, lanes: { siem: { behindEntries: 40 } } });
  });

  test('keeps it for longer when the clock was ahead as it came, and the bound still makes room for new entries', async () => {
    const { fill, journal, passAll, setClock } = await world();
    setClock(30 * DAY_MS);
    await fill();
    await passAll();
    setClock(-30 * DAY_MS);
    for (let commits = 0; commits < 40; commits += 1) {
      await fill();
      await passAll();
    }
    expect(journal.stats().bytes).toBeLessThanOrEqual(MAX_BYTES);
  });
});

describe('the forecast', () => {
  test.each([-72, 0, 2, 720])(
    'says the same, by the clock of the moment, though that was set by %s hours',
    async (hours) => {
      const { fill, pass, setClock, told } = await world();
      for (let commits = 0; commits < 18; commits += 1) {
        await fill();
        pass(MINUTE_MS);
        if (commits === 3) setClock(hours * 60 * MINUTE_MS);
      }
      const [filling] = told.filter(({ code }) => code === 'JOURNAL_FILLING');
      const fields = filling?.fields as { readonly fullAt?: string } | undefined;
      const minutes = (Date.parse(fields?.fullAt ?? '') - START_MS) / MINUTE_MS - hours * 60;
      expect(minutes).toBeGreaterThan(29);
      expect(minutes).toBeLessThan(36);
    },
  );
});
