/**
 * Memory of a relay whose sink has handed over all of `events` documents and waits for their acknowledgments, in a process of
 * its own. Prints one line of JSON. Argument: one JSON object of `WaitingOrder`.
 */
import { setTimeout } from 'node:timers/promises';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { memoryMb } from './measure.ts';
import { withRelay } from './relays.ts';

export interface WaitingOrder {
  /** Of the collector, of the API. */
  readonly url: string;
  readonly api: string;
  readonly events: number;
  readonly maxUnackedBytes: string;
}

export interface WaitingResult {
  /** Documents that wait, and their bytes. */
  readonly waiting: number;
  readonly bytes: number;
  /** Anonymous memory before the first event and five seconds after the last is taken. */
  readonly beforeMb: number;
  readonly whileMb: number;
  /** The most of it in between. */
  readonly peakMb: number;
}

// Written by the bench that started this process.
const order = JSON.parse(process.argv[2] ?? '') as WaitingOrder;
const config = splunkHec.configSchema.parse({
  url: order.url,
  token: 'bench',
  ack_timeout: '60m',
  max_unacked_bytes: order.maxUnackedBytes,
});
/** While all wait, for five seconds. */
const LOOKS = 100;

const taken = { waiting: 0, bytes: 0 };
const beforeMb = memoryMb().anon;
let peakMb = 0;
const start = new Date(Date.now() - 31 * 86_400_000).toISOString();
const sink = {
  ...splunkHec,
  configSchema: splunkHec.configSchema as never,
  limits: () => splunkHec.limits(config),
  document: () => ({ formats: ['ecs' as const] }),
  open: async (_: object, context: Parameters<typeof splunkHec.open>[1]) => {
    const opened = await splunkHec.open(config, context);
    return {
      send: (...[batch, call]: Parameters<typeof opened.send>) => {
        const accepted = (): void => {
          taken.waiting += batch.envelopes.length;
          taken.bytes += batch.bytes;
          call.accepted();
        };
        return opened.send(batch, { ...call, accepted });
      },
      check: opened.check.bind(opened),
      close: opened.close.bind(opened),
    };
  },
};
await withRelay({ url: order.api, start, sink }, async () => {
  while (taken.waiting < order.events) {
    await setTimeout(50);
    peakMb = Math.max(peakMb, memoryMb().anon);
  }
  for (let look = 0; look < LOOKS; look += 1) {
    await setTimeout(50);
    peakMb = Math.max(peakMb, memoryMb().anon);
  }
  const result: WaitingResult = { ...taken, beforeMb, whileMb: memoryMb().anon, peakMb };
  console.log(JSON.stringify(result));
  process.exit(0);
});
