/**
 * The power is cut at every moment of a journal's life: it opens, and each promise that was given before holds. And the
 * order behind it: whatever a promise rests on was on disk, by the system's own account, before the promise was given.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Journal, openJournal } from '../invariants/core.ts';
import { needed } from '../services/needed.ts';
import { strace } from '../services/strace.ts';
import type { PowerOrder, PromiseName } from './order.ts';
import { fileAfter, type Recording, record, stepsIn } from './recording.ts';

const CHILD = fileURLToPath(new URL('../dist/power-cut/child.js', import.meta.url));
const SEED = Number(process.env['SEED'] ?? 1);
const CUTS = Number(process.env['CUTS'] ?? 120);
const NEVER = new AbortController().signal;

const tool = needed({ name: 'strace', get: strace });
let root = '';
let recording: Recording = [];
beforeAll(async () => {
  tool();
  root = mkdtempSync(join(tmpdir(), 'audit-relay-power-'));
  const folder = join(root, 'journal');
  mkdirSync(folder);
  const order: PowerOrder = { folder, seed: SEED, promises: join(root, 'promises') };
  recording = await record([CHILD, JSON.stringify(order)], { ...order, data: join(folder, 'data.mdb'), scratch: root });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test(`at each promise all that was written is on disk (SEED=${SEED})`, () => {
  let unsynced = 0;
  let written = 0;
  const early: string[] = [];
  const given = new Map<string, number>();
  for (const step of recording) {
    if (step.kind === 'sync') unsynced = 0;
    if (step.kind === 'write' && !step.isDurable) unsynced += 1;
    if (step.kind === 'write') written += 1;
    if (step.kind !== 'promise') continue;
    const [name = ''] = step.text.split(' ');
    given.set(name, (given.get(name) ?? 0) + 1);
    if (unsynced > 0) early.push(step.text);
  }
  expect(early).toEqual([]);
  // Each kind was given, and rests on writes that were seen.
  for (const name of ['started', 'committed', 'sent', 'saving', 'letter'])
    expect(given.get(name) ?? 0).toBeGreaterThan(0);
  expect(written).toBeGreaterThan(100);
});

function draws(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 12_345;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** The last value of each promise that was given before the cut. */
function promisesBefore(at: number): ReadonlyMap<PromiseName, number> {
  const lines = recording.slice(0, at).flatMap((step) => (step.kind === 'promise' ? [step.text.split(' ')] : []));
  // As the child writes them.
  return new Map(lines.map(([name, value]) => [name as PromiseName, Number(value)]));
}

const runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  random: () => 0,
  sleep: async () => undefined,
  log: () => undefined,
};

async function reopened(folder: string): Promise<Journal> {
  const journal = await openJournal({ path: folder, max_bytes: 16 << 20, retention: 1e15, create: 'auto' }, runtime);
  await journal.configure({
    sources: [{ name: 'acme', feeds: ['organization'] }],
    lanes: [{ name: 'siem', startFrom: 'beginning' }],
  });
  return journal;
}

/** What a start finds. Entries are numbered from 1. */
interface Life {
  readonly start: number | undefined;
  /** Up to here the cursor calls all settled. */
  readonly settled: number;
  readonly given: readonly { readonly id: string; readonly replay: boolean }[];
  readonly letters: readonly string[];
}

async function liveOn(folder: string): Promise<Life> {
  const journal = await reopened(folder);
  const { held = 0, journaled = 0 } = journal.stats().lanes['siem']?.law ?? {};
  const lane = journal.lane('siem');
  const given: { readonly id: string; readonly replay: boolean }[] = [];
  while (given.length < held) {
    for (const { entry, replay } of await lane.read(1e6, NEVER)) given.push({ id: entry.id, replay });
  }
  const start = journal.source('acme').checkpoint('organization')?.startSeconds;
  const letters = [...journal.deadLetters.list('siem')].map(({ entry: { id } }) => id);
  await journal.close();
  return { start, settled: journaled - held, given, letters };
}

/** What does not hold. */
function broken(
  { start, settled, given, letters }: Life,
  promises: ReadonlyMap<PromiseName, number>,
): readonly string[] {
  const { committed = 0, sent = 0, saving = 0, letter } = Object.fromEntries(promises);
  const firstUnmarked = settled + 1 + given.findIndex(({ replay }) => !replay);
  const rules: readonly (readonly [isBroken: boolean, words: string])[] = [
    [promises.has('started') && start !== 77, `the start is ${start}`],
    [settled > saving, `the cursor stands at ${settled}, and none past ${saving} was saved`],
    [settled + given.length < committed, `of ${committed} entries ${settled + given.length} are there`],
    [given.some(({ id }, index) => id !== `e${settled + index + 1}`), 'entries are missing or double'],
    [firstUnmarked > settled && firstUnmarked <= sent, `e${firstUnmarked} was sent and is no replay`],
    [letter !== undefined && !letters.includes(`e${letter}`), `the dead letter e${letter} is lost`],
  ];
  return rules.flatMap(([isBroken, words]) => (isBroken ? [words] : []));
}

test(`cut at ${CUTS} moments it opens and every promise holds (SEED=${SEED})`, async () => {
  const draw = draws(SEED);
  const firstPromise = recording.findIndex(({ kind }) => kind === 'promise');
  const wrong: string[] = [];
  for (let cut = 0; cut < CUTS; cut += 1) {
    const at = firstPromise + draw(recording.length - firstPromise + 1);
    const folder = join(root, 'cut');
    cpSync(join(root, 'journal'), folder, { recursive: true, filter: (path) => !/owner\.|lock\.mdb/.test(path) });
    writeFileSync(join(folder, 'data.mdb'), fileAfter(recording, { at, draw }));
    const promises = promisesBefore(at);
    const problems = await liveOn(folder).then(
      (life) => broken(life, promises),
      (error: unknown) => [String(error)],
    );
    wrong.push(...problems.map((problem) => `cut ${cut} after step ${at}: ${problem}`));
    rmSync(folder, { recursive: true });
  }
  expect(wrong).toEqual([]);
});

test('a write in which the process was killed may be there, like all that no sync follows', () => {
  const lines = ['7 openat(AT_FDCWD, "\\x64", O_RDWR) = 9</d>', '7 pwrite64(9</d>, "\\x61\\x62", 2, 4096) = ?'];
  const recording = stepsIn(lines.join('\n'), { data: '/d', promises: '/p' });
  expect(recording).toEqual([{ kind: 'write', at: 4_096, bytes: Buffer.from('ab'), isDurable: false }]);
});
