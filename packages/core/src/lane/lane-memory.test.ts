/** What a lane holds in memory of a batch that waits to be sent once more: the entries, and not their documents. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Envelope } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { acked, LaneWorld, refused, type Script, tooLarge } from './lane.test.world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** As Splunk does with indexer acknowledgment, which then never comes. */
const unconfirmed: Script = (_batch, { accepted, signal }) => {
  accepted();
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
};

test.each<{ readonly name: string; readonly answer: Script }>([
  { name: 'it waits to be sent again', answer: () => ({ ...refused, retryAfterMs: 60_000 }) },
  { name: 'the peer has taken and not confirmed it', answer: unconfirmed },
])('a document is let go while $name, and made anew to the byte', async ({ answer }) => {
  const first: WeakRef<Envelope>[] = [];
  const texts: string[][] = [];
  const world = new LaneWorld({
    events: 3,
    limits: { maxUnackedBytes: 1e6, confirmMs: 60_000 },
    script: (batch, call, index) => {
      texts.push(batch.envelopes.map((envelope) => JSON.stringify(envelope)));
      if (index > 0) return acked;
      first.push(...batch.envelopes.map((envelope) => new WeakRef(envelope)));
      return answer(batch, call, index);
    },
  }).start();
  await world.time.until(() => world.sent.length === 1);
  await world.time.runTasks();
  // What a turn of the loop has read by reference is held until its end.
  await new Promise(setImmediate);
  collectGarbage();
  expect(first.map((envelope) => envelope.deref())).toEqual([undefined, undefined, undefined]);
  await world.idle();
  expect(texts).toHaveLength(2);
  expect(texts[1]).toEqual(texts[0]);
});

test('what goes again at once keeps its document', async () => {
  const seen = new Set<Envelope>();
  const world = new LaneWorld({
    events: 4,
    script: ({ envelopes }) => {
      for (const envelope of envelopes) seen.add(envelope);
      return envelopes.length > 1 ? tooLarge : acked;
    },
  }).start();
  await world.idle();
  expect(seen.size).toBe(4);
});

test('a lane that has drained is one that no document is kept for', async () => {
  const world = new LaneWorld({ events: 4, script: () => acked }).start();
  await world.idle();
  const [gone] = world.renderersGone;
  expect(gone?.aborted).toBe(false);
  await world.time.pass(world.lane.drain(new AbortController().signal));
  expect(gone?.aborted).toBe(true);
});
