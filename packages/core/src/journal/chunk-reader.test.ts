import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { encodeChunk } from './chunk.ts';
import { type Chunk, ChunkReader } from './chunk-reader.ts';
import { openStore, type Store } from './store.ts';

const SIZE = 10;
const RAW = '{"id":"audit_log-1"}';
const stores: { readonly store: Store; readonly folder: string }[] = [];

afterEach(async () => {
  for (const { store, folder } of stores.splice(0)) {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A reader that keeps up to `chunks` chunks of ten entries, and what a source and lanes do with it. */
class ReadingWorld {
  readonly reader: ChunkReader;
  readonly #store: Store;
  readonly #lanes = new Map<string, number>();
  #next = 1;

  constructor(chunks: number) {
    const folder = mkdtempSync(join(tmpdir(), 'chunk-reader-'));
    this.#store = openStore({ path: folder, mode: 'write' });
    stores.push({ store: this.#store, folder });
    this.reader = new ChunkReader(this.#store, chunks * SIZE * RAW.length);
  }

  /** How many chunks are kept. */
  get kept(): number {
    return this.reader.keptChars / (SIZE * RAW.length);
  }

  append(chunks = 1): void {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const entries = Array.from({ length: SIZE }, (_, index) => entryOf(this.#next + index));
      const first = this.#next;
      this.#store.transaction(() => this.#store.chunks.put([first, first, 0], encodeChunk(entries)));
      this.#next += SIZE;
      this.reader.remember(first, entries);
    }
  }

  begin(lane: string): void {
    this.#lanes.set(lane, 1);
    this.reader.begin(lane, 1);
  }

  /** Takes so many entries of the chunk that comes next. */
  read(lane: string, count = SIZE): Chunk {
    const from = this.#lanes.get(lane) ?? 1;
    const chunk = this.reader.at(from);
    if (chunk === undefined) throw new Error('it has left');
    this.#lanes.set(lane, from + count);
    this.reader.past(lane, from + count, chunk);
    return chunk;
  }
}

function entryOf(number: number): Entry {
  const id = `audit_log-${number}`;
  const where = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id, type: 'login.succeeded', timeMs: 1, receivedMs: 2, ...where, raw: RAW };
}

test('what is appended is there for a lane that waits for it, and let go once it is taken', () => {
  const world = new ReadingWorld(5);
  world.begin('siem');
  world.append();
  expect(world.kept).toBe(1);
  world.read('siem', 4);
  expect(world.kept).toBe(1);
  world.read('siem', 6);
  expect(world.kept).toBe(0);
});

test('nothing is kept where no lane reads', () => {
  const world = new ReadingWorld(5);
  world.append(3);
  expect(world.kept).toBe(0);
});

test('a lane that is far behind keeps nothing of what is appended, until it has caught up', () => {
  const world = new ReadingWorld(3);
  world.begin('siem');
  world.append(20);
  expect(world.kept).toBeLessThanOrEqual(3);
  for (let chunk = 0; chunk < 10; chunk += 1) world.read('siem');
  expect(world.kept).toBe(0);
  world.append();
  expect(world.kept).toBe(0);
  for (let chunk = 10; chunk < 21; chunk += 1) world.read('siem');
  world.append();
  expect(world.kept).toBe(1);
});

test('lanes at about the same place get the same entries, from disk too', () => {
  const world = new ReadingWorld(3);
  world.begin('siem');
  world.begin('lake');
  world.append(20);
  // The source has left both behind, until they move.
  world.read('siem', 1);
  world.read('lake', 1);
  expect(world.read('siem', 9).entries).toBe(world.read('lake', 9).entries);
  for (let chunk = 1; chunk < 20; chunk += 1) expect(world.read('siem').entries).toBe(world.read('lake').entries);
  expect(world.kept).toBe(0);
});

test('a lane that stands still keeps no more than the bound, and holds up nobody', () => {
  const world = new ReadingWorld(3);
  world.begin('siem');
  world.begin('dead');
  for (let chunk = 0; chunk < 10; chunk += 1) {
    world.append();
    world.read('siem');
    expect(world.kept).toBeLessThanOrEqual(3);
  }
  // It is further away than anything can be kept for.
  expect(world.kept).toBe(0);
  expect(world.read('dead').first).toBe(1);
});

test('a lane that is configured is waited for before it reads, and one that is taken away is not', () => {
  const world = new ReadingWorld(3);
  world.reader.configure(new Map([['siem', 1]]));
  world.append();
  expect(world.kept).toBe(1);
  world.read('siem');
  world.begin('gone');
  world.reader.configure(new Map([['siem', 1]]));
  world.append();
  world.read('siem');
  expect(world.kept).toBe(0);
});
