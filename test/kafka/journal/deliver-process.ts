/**
 * A process that delivers of one lane what the journal gives it: each entry it is given it appends to a file, some of them out of order, as a
 * line `id replay`, never before its reach says so. Arguments: broker, topic prefix, partitions, file.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { JournaledEntry, LaneJournal } from '@audit-relay/core/journal';
import { LaneSharing } from '@audit-relay/journal-kafka';
import { configOf, NEVER, testRuntime } from './collect.ts';
import { cursorOf } from './settling.ts';

const [broker = '', prefix = '', partitions = '', file = ''] = process.argv.slice(2);
const config = { ...configOf(broker, prefix), partitions: Number(partitions) };
const times = { sessionMs: 5_000, rebalanceMs: 15_000 };
const sharing = new LaneSharing({ config, runtime: testRuntime(), times });
sharing.configure([{ name: 'siem', startFrom: 'beginning' }]);

/** Entries that the reach moves at a time. */
const STEP = 7;
const ANSWER_MS = 30;

async function deliver(journal: LaneJournal, revoked: AbortSignal): Promise<void> {
  const given: JournaledEntry[] = [];
  const settled = new Set<number>();
  let reach = 0;
  const send = async (at: number): Promise<void> => {
    const one = given[at];
    if (one === undefined || settled.has(at)) return;
    if (at >= reach) {
      await journal.extend(STEP);
      reach = given.length + STEP;
    }
    appendFileSync(file, `${one.entry.id} ${one.replay}\n`);
    settled.add(at);
  };
  while (!revoked.aborted) {
    const read = await journal.read(100, revoked);
    for (const one of read) {
      given.push(one);
      if (one.withinReach) reach = given.length;
    }
    // Every third is answered a round later.
    for (let at = 0; at < given.length; at += 1) if (at % 3 !== 1 || at < given.length - read.length) await send(at);
    // A peer takes its time to answer: whoever is killed is so between a send and its cursor.
    await setTimeout(ANSWER_MS);
    await journal.save(cursorOf(given, (at) => settled.has(at)));
    for (let at = 0; at < given.length; at += 1) await send(at);
    await journal.save(cursorOf(given, (at) => settled.has(at)));
  }
}

console.log('{}');
for (;;) {
  const share = await sharing.lane('siem', NEVER);
  // It ends by the share's end, and whatever else stops it is another's matter: the next share begins at what is committed.
  if (share.way !== undefined) await deliver(share.way, share.revoked).catch(() => undefined);
  if (!share.revoked.aborted) await new Promise((resolve) => share.revoked.addEventListener('abort', resolve));
  share.release();
}
