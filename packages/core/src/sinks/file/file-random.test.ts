/**
 * The file sink's promise under random luck: each event once over all files, and every acked one there, whatever
 * kills, full disks, rotations, moves, cuts and replays come in between.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Sink } from '@audit-relay/sink';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { batch, type FileWorld, fillDisk, send, world } from './file.test.world.ts';
import { IdIndex } from './id-index.ts';

afterEach(() => vi.restoreAllMocks());

/** One run: what is on disk, what was acked, and whether a line may be there that the index does not know. */
class Run {
  readonly made: FileWorld;
  readonly acked = new Set<string>();
  sink: Sink | undefined;
  next = 0;
  moves = 0;
  unindexed = false;
  /** The index was removed: nothing knows of lines that are moved away before the next send. */
  indexRemoved = false;

  constructor(maxBytes: number | undefined) {
    this.made = world(maxBytes === undefined ? {} : { max_bytes: maxBytes });
  }

  async send(ids: readonly string[], replay: boolean): Promise<void> {
    this.sink ??= await this.made.start();
    // A second look at the same file ends what blocks it, and a retry what a fault has begun.
    for (let tries = 0; tries < 3; tries += 1) {
      const result = await send(this.sink, batch(ids, { replay }));
      if (result.kind !== 'acked') continue;
      for (const id of ids) this.acked.add(id);
      this.unindexed = false;
      this.indexRemoved = false;
      return;
    }
    throw new Error('it did not come to an ack');
  }

  fresh(count: number): string[] {
    return Array.from({ length: count }, () => `e${this.next++}`);
  }

  check(): void {
    const counts = new Map<string | undefined, number>();
    for (const id of this.made.ids()) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect([...counts].filter(([id, count]) => id === undefined || count > 1)).toEqual([]);
    expect([...this.acked].filter((id) => !counts.has(id))).toEqual([]);
  }
}

type Step = (run: Run) => Promise<void>;

/** Fails once at `add`, as a process that dies between the lines and the index; what was written may be torn. */
async function dieBeforeIndex(run: Run, ids: readonly string[], torn: number): Promise<void> {
  run.sink ??= await run.made.start();
  const { path } = run.made;
  const before = existsSync(path) ? statSync(path) : undefined;
  const add = vi.spyOn(IdIndex.prototype, 'add').mockImplementationOnce(() => {
    throw new Error('killed');
  });
  await send(run.sink, batch(ids));
  add.mockRestore();
  run.sink = undefined;
  run.unindexed = true;
  const after = statSync(path, { throwIfNoEntry: false });
  if (before === undefined || after === undefined || before.ino !== after.ino || after.size <= before.size) return;
  truncateSync(path, before.size + Math.floor((after.size - before.size) * torn));
}

/** The disk takes `taken` bytes of the batch, and no more. */
async function sendToFullDisk(run: Run, ids: readonly string[], taken: number): Promise<void> {
  run.sink ??= await run.made.start();
  await fillDisk(run.made.folder, taken);
  await send(run.sink, batch(ids));
  vi.restoreAllMocks();
}

function move(run: Run, into: string): void {
  const { folder, path } = run.made;
  if (!existsSync(path) || run.indexRemoved) return;
  run.moves += 1;
  mkdirSync(join(folder, into), { recursive: true });
  renameSync(path, join(folder, into, `moved-${run.moves}`));
}

const count = fc.integer({ min: 1, max: 8 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: count.map(
      (n): Step =>
        (run) =>
          run.send(run.fresh(n), false),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(count, count, fc.boolean()).map(
      ([back, ahead, replay]): Step =>
        (run) => {
          const from = Math.max(0, run.next - back * 3);
          const known = Array.from({ length: run.next - from }, (_, index) => `e${from + index}`);
          return run.send([...known, ...run.fresh(ahead)], replay);
        },
    ),
  },
  // A kill between two sends, and an orderly end.
  fc.constant<Step>(async (run) => {
    run.sink = undefined;
  }),
  fc.constant<Step>(async (run) => {
    await run.sink?.close();
    run.sink = undefined;
  }),
  fc.tuple(count, fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([n, torn]): Step =>
      (run) =>
        dieBeforeIndex(run, run.fresh(n), torn),
  ),
  fc.tuple(count, fc.nat(300)).map(
    ([n, taken]): Step =>
      (run) =>
        sendToFullDisk(run, run.fresh(n), taken),
  ),
  fc.constant<Step>(async (run) => move(run, '.')),
  // What a killed process has not told the index is not looked for in other folders.
  fc.constant<Step>(async (run) => {
    if (!run.unindexed) move(run, 'old');
  }),
  fc.constant<Step>(async (run) => {
    move(run, '.');
    if (!existsSync(run.made.path)) writeFileSync(run.made.path, '');
  }),
  fc.constant<Step>(async (run) => {
    const { folder, path } = run.made;
    if (!existsSync(path) || run.unindexed || run.indexRemoved) return;
    run.moves += 1;
    copyFileSync(path, join(folder, `copy-${run.moves}`));
    truncateSync(path, 0);
  }),
  // Without its index, the sink knows the files of its own names.
  fc.constant<Step>(async (run) => {
    if (run.moves > 0) return;
    await run.sink?.close();
    run.sink = undefined;
    rmSync(`${run.made.path}.ids`, { recursive: true, force: true });
    run.indexRemoved = true;
  }),
);

test('each event is there once, and every acked one is there', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
      fc.array(steps, { minLength: 1, maxLength: 14 }),
      async (maxBytes, chosen) => {
        const run = new Run(maxBytes);
        for (const step of chosen) await step(run);
        // All that was begun is sent again in the end, as a lane does.
        const all = Array.from({ length: run.next }, (_, index) => `e${index}`);
        if (all.length > 0) await run.send(all, true);
        run.check();
        await run.sink?.close();
      },
    ),
    { numRuns: 60 },
  );
});
