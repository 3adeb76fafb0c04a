/**
 * Bits of a journal's file change: whoever opens it has every event delivered once, or is told that the journal is
 * damaged. Never silence, another error or a signal.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { make } from './journal.ts';
import type { Trial, TrialResult } from './order.ts';

const CHILD = fileURLToPath(new URL('../dist/damage/child.js', import.meta.url));
const PAGE_BYTES = 4096;
const SEED = Number(process.env['SEED'] ?? 1);
const TRIALS = Number(process.env['TRIALS'] ?? 40);

let root: string;
let pristine: Buffer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'audit-relay-damage-'));
  await make(join(root, 'pristine'));
  pristine = readFileSync(join(root, 'pristine', 'data.mdb'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One child for many trials; `ask` says how it ended when it did. */
class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: Interface;
  readonly #ended: Promise<TrialResult>;
  #stderr = '';

  constructor() {
    this.#process = spawn(process.execPath, [CHILD], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#process.stderr.on('data', (text) => {
      this.#stderr = `${this.#stderr}${String(text)}`.slice(-2000);
    });
    this.#ended = once(this.#process, 'close').then(([code, signal]): TrialResult => {
      return { outcome: `ended with ${String(code ?? signal)}`, problem: this.#stderr };
    });
  }

  async ask(trial: Trial): Promise<TrialResult> {
    this.#process.stdin.write(`${JSON.stringify(trial)}\n`);
    // Written by the child a moment ago.
    const said = once(this.#lines, 'line').then(([line]) => JSON.parse(String(line)) as TrialResult);
    return Promise.race([said, this.#ended]);
  }

  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }
}

/** Numbers of a small generator, so that a seed repeats them: below `below`. */
function draws(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 12_345;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** Pages by what their header says they are. */
function pagesOf(kinds: readonly number[]): readonly number[] {
  const pages = Array.from({ length: pristine.length / PAGE_BYTES }, (_, page) => page);
  return pages.filter((page) => kinds.includes(pristine.readUInt16LE(page * PAGE_BYTES + 18)));
}

interface Damage {
  readonly name: string;
  readonly bits: number;
  /** Where a bit may be, in bytes. */
  place(draw: (below: number) => number): number;
}

const inPage = (kinds: readonly number[], bytes: number): Damage['place'] => {
  return (draw) => {
    const pages = pagesOf(kinds);
    return (pages[draw(pages.length)] ?? 0) * PAGE_BYTES + draw(bytes);
  };
};
/** Most of a page with few nodes is empty, and says nothing. */
const filled = (place: Damage['place']): Damage['place'] => {
  return (draw) => {
    for (;;) {
      const at = place(draw);
      if (pristine.readUInt8(at) !== 0) return at;
    }
  };
};
const [BRANCH, LEAF, OVERFLOW, META] = [1, 2, 4, 8];
const damages: readonly Damage[] = [
  { name: 'twenty bits anywhere', bits: 20, place: (draw) => draw(pristine.length) },
  { name: 'one bit anywhere', bits: 1, place: (draw) => draw(pristine.length) },
  { name: 'one bit of what LMDB begins with', bits: 1, place: inPage([META], 168) },
  { name: 'one bit of a branch', bits: 1, place: filled(inPage([BRANCH], PAGE_BYTES)) },
  { name: 'one bit of a leaf', bits: 1, place: inPage([LEAF], PAGE_BYTES) },
  { name: 'one bit of a header', bits: 1, place: inPage([BRANCH, LEAF, OVERFLOW, META], 24) },
  { name: 'two bits of where the nodes of a page are', bits: 2, place: inPage([BRANCH, LEAF], 64) },
];

test.each(damages)(
  `$name: all of it delivered once, or JOURNAL_DAMAGED (SEED=${SEED})`,
  async ({ name, bits, place }) => {
    let child = new Child();
    const wrong: string[] = [];
    const seen = new Map<string, number>();
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const draw = draws(SEED * 100_003 + trial);
      const folder = join(root, `trial-${trial}`);
      cpSync(join(root, 'pristine'), folder, { recursive: true });
      const bytes = Buffer.from(pristine);
      for (let bit = 0; bit < bits; bit += 1) {
        const at = place(draw);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << draw(8)), at);
      }
      writeFileSync(join(folder, 'data.mdb'), bytes);
      const { outcome, problem } = await child.ask({ folder, look: trial % 2 === 0 });
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      if (outcome !== 'delivered' && outcome !== 'JOURNAL_DAMAGED') {
        wrong.push(`${name}, trial ${trial}: ${outcome} ${problem ?? ''}`);
        if (outcome.startsWith('ended')) child = new Child();
      }
      rmSync(folder, { recursive: true, force: true });
    }
    await child.end();
    expect(wrong).toEqual([]);
    expect(seen.get('JOURNAL_DAMAGED') ?? 0).toBeGreaterThan(0);
  },
);

test('without damage all of it is delivered once', async () => {
  const child = new Child();
  const folder = join(root, 'whole');
  cpSync(join(root, 'pristine'), folder, { recursive: true });
  expect(await child.ask({ folder, look: true })).toEqual({ outcome: 'delivered' });
  await child.end();
});
