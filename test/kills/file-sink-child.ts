/**
 * A file sink that is fed as a lane feeds it: a reach before the send, a cursor after the ack, and
 * after a start replay up to the reach. It prints a dot a send and is killed at one of them.
 * Started by `file-sink.test.ts`; arguments: folder, number of events.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSink } from '@audit-relay/core';
import type { Envelope, SinkContext } from '@audit-relay/sink';

const BATCH = 20;
const REACH_STEP = 100;
const [folder = '', count = '0'] = process.argv.slice(2);
const total = Number(count);

const saved = (name: string): number => {
  const path = join(folder, name);
  return existsSync(path) ? Number(readFileSync(path, 'utf8') || 0) : 0;
};
const save = (name: string, value: number): void => writeFileSync(join(folder, name), String(value).padStart(9, '0'));

function envelope(index: number): Envelope {
  const json = JSON.stringify({ id: `e${index}`, note: 'é'.repeat((index * 37) % 900) });
  const facts = { source: 'acme', feed: 'organization', summary: '', severity: 1, outcome: 'success' } as const;
  return { id: `e${index}`, type: 't', timeMs: 0, receivedMs: 0, json, bytes: Buffer.byteLength(json), facts };
}

const nothing = (): undefined => undefined;
const context: SinkContext = {
  name: 'lake',
  userAgent: 'test',
  now: Date.now,
  elapsedMs: () => performance.now(),
  proxyFor: nothing,
  log: nothing,
  count: nothing,
};
const sink = await fileSink.open({ path: join(folder, 'events.ndjson'), max_bytes: 200_000 }, context);
const reachAtStart = saved('reach');
let reach = reachAtStart;
for (let at = saved('cursor'); at < total; ) {
  const replay = at < reachAtStart;
  const end = Math.min(at + BATCH, total, replay ? reachAtStart : total);
  if (end > reach) {
    reach = end + REACH_STEP;
    save('reach', reach);
  }
  const envelopes = Array.from({ length: end - at }, (_, index) => envelope(at + index));
  const bytes = envelopes.reduce((sum, each) => sum + each.bytes, 0);
  process.stdout.write('.');
  const result = await sink.send(
    { envelopes, bytes, replay },
    { signal: new AbortController().signal, accepted: nothing },
  );
  if (result.kind !== 'acked') throw new Error(JSON.stringify(result));
  at = end;
  save('cursor', at);
}
await sink.close();
