/** A used journal that tests of damage spoil: a hundred entries of which two lanes have passed forty, and two dead letters. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../entry.ts';
import { MetaPage, newerOf } from '../../lmdb/meta.ts';
import type { Runtime } from '../../runtime.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { JournalConfig } from '../config.ts';
import type { Journal, JournaledEntry } from '../journal.ts';
import { openJournal } from '../open.ts';

export const NEVER: AbortSignal = new AbortController().signal;
const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const LANES = ['siem', 'lake'].map((name) => ({ name, startFrom: 'beginning' }) as const);
/** Seconds since the epoch: where the feed begins, and the time of the first entry. */
export const START = 1_760_000_000;
/** Before all that the API can hold. */
export const BEFORE_ALL = 1_719_792_000;
/** Entries that both lanes have passed; those after them are owed to both. */
export const SETTLED = 40;
export const ENTRIES = 100;
export const NOW_MS = 1_770_000_000_000;

export class DamageWorld {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'aside-'));
  readonly config: JournalConfig = {
    path: join(this.folder, 'journal'),
    max_bytes: 16 << 20,
    retention: 1e15,
    create: 'auto',
    on_damage: 'set_aside',
  };
  readonly logged: { readonly code: string; readonly message: string }[] = [];
  readonly runtime: Runtime = {
    now: () => NOW_MS,
    elapsedMs: () => 0,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: (_level, code, message) => void this.logged.push({ code, message }),
  };

  /** The journal as the tests find it: closed cleanly. */
  async make(): Promise<void> {
    const journal = await this.opened();
    for (let from = 0; from < ENTRIES; from += 20) await commit(journal, from, from + 20);
    for (const lane of ['siem', 'lake']) await settle(journal, lane, SETTLED);
    const letter = { lane: 'siem', reason: 'no', kind: 'rejected', attempts: 1, atMs: 0 } as const;
    await journal.deadLetters.add([3, 4].map((number) => ({ ...letter, entry: entry(number) })));
    await journal.deadLetters.retry([{ lane: 'siem', sequence: 2 }]);
    await journal.close();
    this.logged.length = 0;
  }

  async opened(change: Partial<JournalConfig> = {}): Promise<Journal> {
    const journal = await openJournal({ ...this.config, ...change }, this.runtime);
    await journal.configure({ sources: [ACME], lanes: LANES });
    return journal;
  }

  get dataFile(): string {
    return this.file('data.mdb');
  }

  file(name: string): string {
    return join(this.config.path, name);
  }

  get codes(): readonly string[] {
    return this.logged.map(({ code }) => code);
  }

  /** Changes one bit of the data. */
  flip(at: number): void {
    const bytes = readFileSync(this.dataFile);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(this.dataFile, bytes);
  }

  /** As many bytes as half a page, zeros from here on. */
  tear(at: number): void {
    const bytes = readFileSync(this.dataFile);
    bytes.fill(0, at, at + 2048);
    writeFileSync(this.dataFile, bytes);
  }

  /** Where the root of all tables is, in bytes: by the newer meta page. */
  rootPage(): number {
    return Number(newerOf(this.#metaPages()).main.root) * 4096;
  }

  /** Where what LMDB has written ends, in bytes: behind it is room for more. */
  end(): number {
    return (Math.max(...this.#metaPages().map(({ lastPage }) => lastPage)) + 1) * 4096;
  }

  #metaPages(): readonly [MetaPage, MetaPage] {
    const bytes = readFileSync(this.dataFile);
    return [new MetaPage(bytes), new MetaPage(bytes.subarray(4096))];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function entry(number: number): Entry {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const noise = Array.from({ length: 40 }, (_, at) => ((number + 1) * (at + 7) * 0x9e3779b1).toString(36)).join('');
  const raw = JSON.stringify({ id: `e${number}`, noise });
  return { id: `e${number}`, type: 't', timeMs: (START + number) * 1000, receivedMs: 0, ...origin, raw };
}

export async function commit(journal: Journal, from: number, to: number): Promise<void> {
  const advance = (current: Checkpoint | undefined): Checkpoint => ({
    ...(current ?? { version: 1, startSeconds: START, startProvisional: false, passes: {} }),
    done: [{ from: START, to: START + to }],
    // No lookback reads the first thirty seconds again.
    passes: { sweep: START },
    idsNeededFrom: START + 30,
  });
  const entries = Array.from({ length: to - from }, (_, index) => entry(from + index));
  await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
}

export async function settle(journal: Journal, lane: string, count: number): Promise<void> {
  const reader = journal.lane(lane);
  const read: JournaledEntry[] = [];
  while (read.length < count) read.push(...(await reader.read(1, NEVER)));
  const last = read.at(-1);
  await reader.save({ ...(last && { position: last.position }), settled: [] });
}

/** Whatever a lane is given now, without waiting for more. */
export async function owed(journal: Journal, lane: string): Promise<readonly JournaledEntry[]> {
  const reader = journal.lane(lane);
  const left = journal.stats().lanes[lane]?.behindEntries ?? 0;
  const read: JournaledEntry[] = [];
  while (read.length < left) read.push(...(await reader.read(1e6, NEVER)));
  return read;
}

export const numbersOf = (entries: readonly JournaledEntry[]): readonly number[] =>
  entries.map(({ entry: { id } }) => Number(id.slice(1))).toSorted((a, b) => a - b);
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);
