/** A lane on a real journal that its dead letters fill: it stands, drops nothing, and goes on once some are dropped or retried. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Envelope, SinkPlugin } from '@audit-relay/sink';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Entry } from '../entry.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/open.ts';
import type { Runtime } from '../runtime.ts';
import { laneConfigSchema } from './config.ts';
import { type Lane, openLane } from './lane.ts';

const EVENTS = 500;
/** Of one event: a dead letter of it takes as much, while a chunk of such events is compressed to little. */
const PADDING = 'x'.repeat(60_000);
const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const runtime: Runtime = {
  now: Date.now,
  elapsedMs: () => performance.now(),
  // Whoever probes slowly does so quickly here.
  sleep: async (ms, signal) => {
    await setTimeout(Math.min(ms, 5), undefined, { signal });
  },
  random: () => 0.5,
  log: () => undefined,
};

function entryAt(index: number): Entry {
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const raw = JSON.stringify({ id: `e${index}`, PADDING });
  return { id: `e${index}`, type: 't', timeMs: index, receivedMs: 0, ...place, raw };
}

async function opened(): Promise<Journal> {
  const folder = mkdtempSync(join(tmpdir(), 'lane-full-'));
  ended.push(() => rmSync(folder, { recursive: true, force: true }));
  const config = { path: join(folder, 'data'), max_bytes: 16 << 20, retention: 0, create: 'auto' } as const;
  const journal = await openJournal(config, runtime);
  ended.push(() => journal.close());
  const lanes = [{ name: 'siem', startFrom: 'beginning' } as const];
  await journal.configure({ sources: [{ name: 'acme', feeds: ['organization'] }], lanes });
  const start = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
  const entries = Array.from({ length: EVENTS }, (_, index) => entryAt(index));
  const commit = { feed: 'organization', advance: () => start, entries } as const;
  await journal.source('acme').commit(commit, new AbortController().signal);
  return journal;
}

/** Takes one event of ten, and all others once `isMended`. */
function laneOn(journal: Journal, isMended: () => boolean): Lane {
  const plugin: SinkPlugin<unknown> = {
    type: 'x',
    configSchema: z.unknown(),
    limits: () => ({ maxEvents: 10, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 1, sendMs: 30_000 }),
    open: async () => ({
      send: async ({ envelopes }) => {
        const isTaken = ({ timeMs }: Envelope): boolean => isMended() || timeMs % 10 === 0;
        const failure = { kind: 'rejected', reason: 'no such field' } as const;
        const failures = envelopes.flatMap((one, index) => (isTaken(one) ? [] : [{ index, failure }]));
        return { kind: 'partial', acked: envelopes.length - failures.length, failures };
      },
      check: async () => [],
      close: async () => undefined,
    }),
  };
  const render = ({ id, type, timeMs, receivedMs, source, feed, raw }: Entry): Envelope => {
    const facts = { source, feed, summary: id, severity: 1, outcome: 'success' } as const;
    return { id, type, timeMs, receivedMs, json: raw, bytes: raw.length, facts };
  };
  const context = { name: 'siem', userAgent: 'test', now: runtime.now, elapsedMs: runtime.elapsedMs };
  const lane = openLane(
    { name: 'siem', plugin, sinkConfig: {}, config: laneConfigSchema.parse({ type: 'x' }) },
    {
      journal: journal.lane('siem'),
      deadLetters: journal.deadLetters,
      replays: journal.replays.lane('siem'),
      renderFor: () => render,
      renderAlone: render,
      runtime,
      context: { ...context, proxyFor: () => undefined, log: () => undefined },
      onRefused: () => undefined,
    },
  );
  ended.push(() => lane.drain(AbortSignal.abort()));
  lane.start();
  return lane;
}

const keysOf = (journal: Journal, count: number): { lane: string; sequence: number }[] =>
  [...journal.deadLetters.list('siem')].slice(0, count).map(({ lane, sequence }) => ({ lane, sequence }));

test('dead letters without room hold the lane, and nothing is dropped; dropping and retrying let it go on', async () => {
  const journal = await opened();
  let mended = false;
  const lane = laneOn(journal, () => mended);
  const law = (): Partial<NonNullable<ReturnType<Journal['stats']>['lanes'][string]['law']>> =>
    journal.stats().lanes['siem']?.law ?? {};

  await vi.waitUntil(() => lane.status().health === 'blocked', { timeout: 60_000 });
  expect(lane.status().problem).toMatch(/no room for another dead letter: retry or drop/);
  const full = journal.stats().deadLetters['siem'] ?? 0;
  expect(full).toBeGreaterThan(100);
  const { journaled, acked = 0, deadLettered = 0, held = 0 } = law();
  expect([journaled, acked + deadLettered + held]).toEqual([EVENTS, EVENTS]);
  expect(held).toBeGreaterThan(10);

  expect(await journal.deadLetters.drop(keysOf(journal, full))).toBe(full);
  await vi.waitUntil(() => law().held === 0, { timeout: 60_000 });
  expect(lane.status().health).toBe('ok');
  const dead = EVENTS - EVENTS / 10;
  expect(law()).toEqual({ journaled: EVENTS, acked: EVENTS / 10, deadLettered: dead, excluded: {}, held: 0 });
  const kept = dead - full;
  expect(journal.stats()).toMatchObject({ deadLetters: { siem: kept }, dropped: { siem: full } });

  mended = true;
  expect(await journal.deadLetters.retry(keysOf(journal, kept))).toBe(kept);
  await vi.waitUntil(() => Object.keys(journal.stats().deadLetters).length === 0, { timeout: 60_000 });
  expect(journal.stats()).toMatchObject({ retrying: {}, retried: { siem: { acked: kept } } });
  // What becomes of a dead letter later changes nothing of the law.
  expect(law()).toMatchObject({ acked: EVENTS / 10, deadLettered: dead });
});

test('retrying alone lets it go on as well: what goes again is sent while nothing else is, and makes room', async () => {
  const journal = await opened();
  let mended = false;
  const lane = laneOn(journal, () => mended);
  await vi.waitUntil(() => lane.status().health === 'blocked', { timeout: 60_000 });
  const full = journal.stats().deadLetters['siem'] ?? 0;

  mended = true;
  expect(await journal.deadLetters.retry(keysOf(journal, full))).toBe(full);
  await vi.waitUntil(() => journal.stats().lanes['siem']?.law?.held === 0, { timeout: 60_000 });
  expect(lane.status().health).toBe('ok');
  await vi.waitUntil(() => Object.keys(journal.stats().retrying).length === 0, { timeout: 60_000 });
  expect(journal.stats()).toMatchObject({ dropped: {}, retried: { siem: { acked: full } } });
});
