/** Works a journal as a relay does, by a seed, and writes down each promise at the moment from which it must be kept. */
import { openSync, writeSync } from 'node:fs';
import { type Checkpoint, type Entry, openJournal } from '../invariants/core.ts';
import type { PowerOrder, PromiseName } from './order.ts';

// Written by the test a moment ago.
const order = JSON.parse(process.argv[2] ?? '') as PowerOrder;
const NEVER = new AbortController().signal;
const TURNS = 60;
const file = openSync(order.promises, 'a');
const promise = (name: PromiseName, value: number): void => void writeSync(file, `${name} ${value}\n`);

let state = order.seed;
function draw(below: number): number {
  state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) % below;
}

function entry(number: number): Entry {
  const raw = JSON.stringify({
    id: `e${number}`,
    noise: Math.sin(number)
      .toString(36)
      .repeat(1 + draw(60)),
  });
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id: `e${number}`, type: 't', timeMs: number * 1000, receivedMs: 0, ...origin, raw };
}

const runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  random: () => 0,
  sleep: async () => undefined,
  log: () => undefined,
};
const journal = await openJournal(
  { path: order.folder, max_bytes: 16 << 20, retention: 1e15, create: 'auto' },
  runtime,
);
await journal.configure({
  sources: [{ name: 'acme', feeds: ['organization'] }],
  lanes: [{ name: 'siem', startFrom: 'beginning' }],
});

const source = journal.source('acme');
const lane = journal.lane('siem');
let [committed, reach, sent] = [0, 0, 0];

async function commit(count: number): Promise<void> {
  const advance = (): Checkpoint => {
    const done = committed + count === 0 ? [] : [{ from: 0, to: committed + count }];
    return { version: 1, startSeconds: 77, startProvisional: false, done, passes: {} };
  };
  const entries = Array.from({ length: count }, (_, index) => entry(committed + index + 1));
  await source.commit({ feed: 'organization', advance, entries, flush: true }, NEVER);
  committed += count;
  promise('committed', committed);
}

async function send(): Promise<void> {
  if (sent === committed) return;
  const read = await lane.read(1 + draw(4000), NEVER);
  if (sent + read.length > reach) {
    await lane.extend(5);
    reach = sent + read.length + 5;
  }
  sent += read.length;
  promise('sent', sent);
  const last = read.at(-1);
  if (draw(3) === 0 && last !== undefined) {
    const letter = { lane: 'siem', entry: last.entry, reason: 'no', kind: 'rejected', attempts: 1, atMs: 0 } as const;
    await journal.deadLetters.add([letter]);
    promise('letter', sent);
  }
  if (draw(2) === 0 || last === undefined) return;
  promise('saving', sent);
  await lane.save({ position: last.position, settled: [] });
}

await commit(0);
promise('started', 77);
for (let turn = 0; turn < TURNS; turn += 1) await (draw(2) === 0 ? commit(1 + draw(30)) : send());
await journal.close();
