/**
 * Promises 1 and 2 of the journal against a model in plain memory: random commits, reads and saves,
 * and a crash at every step that the journal logs. A crash is the folder as it stands at that step,
 * copied: that is what a process ended by `kill -9` leaves behind.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal, LaneJournal, Position } from './journal.ts';
import { openJournal } from './open.ts';

const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const NEVER = new AbortController().signal;
const START: Checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} };

type Step =
  /** `shift`: the API has given the events a time so many hours later; null: none. */
  | { readonly kind: 'commit'; readonly ids: readonly number[]; readonly shift?: number | null }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'extend'; readonly entries: number }
  | { readonly kind: 'save' }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('commit' as const),
    ids: fc.array(fc.nat(60), { maxLength: 30 }),
    shift: fc.option(fc.nat(30)),
  }),
  fc.record({ kind: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('extend' as const), entries: fc.nat(20) }),
  fc.record({ kind: fc.constant('save' as const) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

function entry(id: number, shift: number | null = 0): Entry {
  const raw = JSON.stringify({ id: `e${id}` });
  const time = ((id % 5) + (shift ?? 7)) * 3_600_000;
  return {
    id: `e${id}`,
    type: 't',
    timeMs: time,
    ...(shift === null && { timeGuessed: true as const }),
    receivedMs: time,
    source: 'acme',
    feed: 'organization',
    dialect: 'audit_logs',
    raw,
  };
}

/** The journal under test beside what it must hold. */
class ModelWorld {
  readonly #folder = mkdtempSync(join(tmpdir(), 'model-'));
  readonly #onStep: (code: string) => void;
  journal: Journal | undefined;
  lane: LaneJournal | undefined;
  /** Ids in journal order, and how many of them the lane has read, settled, and may have sent. */
  ids: string[] = [];
  read = 0;
  saved = 0;
  reach = 0;
  reachAtStart = 0;
  #position: Position | undefined;

  constructor(onStep: (code: string) => void = () => undefined) {
    this.#onStep = onStep;
  }

  async open(path: string = this.path): Promise<void> {
    const log: Runtime['log'] = (_level, code) => this.#onStep(code);
    const runtime = { now: () => 0, elapsedMs: () => 0, sleep: () => Promise.resolve(), random: () => 0, log };
    this.journal = await openJournal({ path, max_bytes: 16 << 20, retention: 1e12, create: 'auto' }, runtime);
    await this.journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'beginning' }] });
    this.lane = this.journal.lane('siem');
    this.read = this.saved;
    // What an earlier reader has read is not this one's to save.
    this.#position = undefined;
    this.reach = Math.min(this.reach, this.ids.length);
    this.reachAtStart = this.reach;
  }

  get path(): string {
    return join(this.#folder, 'data');
  }

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case 'commit':
        return this.#commit(step.ids, step.shift);
      case 'read':
        return this.#read(step.bytes);
      case 'extend':
        await this.lane?.extend(step.entries);
        this.reach = Math.max(this.reachAtStart, this.read + step.entries);
        return;
      case 'save':
        if (this.#position !== undefined) await this.lane?.save({ position: this.#position, settled: [] });
        this.saved = this.read;
        return;
      case 'reopen':
        await this.journal?.close();
        return this.open();
    }
  }

  /** All that a fresh lane finds. */
  async held(): Promise<readonly string[]> {
    await this.journal?.configure({
      sources: [ACME],
      lanes: [
        { name: 'siem', startFrom: 'beginning' },
        { name: 'all', startFrom: 'beginning' },
      ],
    });
    const entries = this.journal?.stats().entries ?? 0;
    const found: string[] = [];
    const lane = this.journal?.lane('all');
    while (found.length < entries) found.push(...((await lane?.read(1e6, NEVER)) ?? []).map((one) => one.entry.id));
    return found;
  }

  async close(): Promise<void> {
    await this.journal?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #commit(ids: readonly number[], shift: number | null | undefined): Promise<void> {
    const known = new Set(this.ids);
    const expected = [...new Set(ids.map((id) => `e${id}`))].filter((id) => !known.has(id));
    const advance = (): Checkpoint => ({ ...START, startSeconds: this.ids.length + expected.length });
    const commit = { feed: 'organization', advance, entries: ids.map((id) => entry(id, shift)) } as const;
    const result = await this.journal?.source('acme').commit(commit, NEVER);
    expect(result?.journaled.map(({ id }) => id)).toEqual(expected);
    this.ids.push(...expected);
  }

  async #read(bytes: number): Promise<void> {
    if (this.read === this.ids.length) return;
    const read = (await this.lane?.read(bytes, NEVER)) ?? [];
    const expected = this.ids.slice(this.read, this.read + read.length);
    expect(read.map((one) => one.entry.id)).toEqual(expected);
    expect(read.map((one) => one.replay)).toEqual(expected.map((_, index) => this.read + index < this.reachAtStart));
    this.read += read.length;
    this.#position = read.at(-1)?.position ?? this.#position;
  }
}

test('random commits, reads, saves and restarts give what the model gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new ModelWorld();
      try {
        await world.open();
        for (const one of steps) await world.run(one);
        expect(await world.held()).toEqual(world.ids);
      } finally {
        await world.close();
      }
    }),
    { numRuns: 25 },
  );
});

describe('a crash', () => {
  const steps: readonly Step[] = [
    { kind: 'commit', ids: [1, 2, 3] },
    { kind: 'read', bytes: 1000 },
    { kind: 'extend', entries: 5 },
    { kind: 'save' },
    { kind: 'commit', ids: [3, 4] },
  ];
  // The last time each step is logged: [code, entries held, position saved].
  const cases: readonly (readonly [code: string, held: number, saved: number])[] = [
    ['JOURNAL_COMMITTING', 3, 3],
    ['JOURNAL_COMMITTED', 4, 3],
    ['REACH_EXTENDING', 3, 0],
    ['REACH_EXTENDED', 3, 0],
    ['CURSOR_SAVING', 3, 0],
    ['CURSOR_SAVED', 3, 3],
  ];
  test.each(cases)(
    'at %s loses nothing that was committed and doubles nothing when all is read again',
    async (code, held, saved) => {
      const world: ModelWorld = new ModelWorld((logged) => {
        if (logged === code) copy(world);
      });
      await world.open();
      for (const one of steps) await world.run(one);
      await world.journal?.close();
      await world.open(`${world.path}-crashed`);
      const source = world.journal?.source('acme');
      expect(standing(world)).toEqual([held, saved]);
      expect(source?.checkpoint('organization')?.startSeconds).toBe(held);
      const again = [1, 2, 3, 4].map((id) => entry(id));
      await source?.commit({ feed: 'organization', advance: () => START, entries: again }, NEVER);
      expect(await world.held()).toEqual(['e1', 'e2', 'e3', 'e4']);
      await world.close();
    },
  );
});

/** Entries held, and how many of them the lane has passed. */
function standing({ journal }: ModelWorld): readonly number[] {
  const stats = journal?.stats();
  const entries = stats?.entries ?? 0;
  return [entries, entries - (stats?.lanes['siem']?.behindEntries ?? 0)];
}

function copy(world: ModelWorld): void {
  rmSync(`${world.path}-crashed`, { recursive: true, force: true });
  cpSync(world.path, `${world.path}-crashed`, { recursive: true, filter: (name) => !name.endsWith('.sock') });
}
