/**
 * Whatever bytes a broker answers with: a send ends within its time, and nothing counts as stored that is not. Between the sink
 * and a made-up cluster stands somebody who changes answers on their way.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { SendResult, Sink } from '@audit-relay/sink';
import { kafka } from '@audit-relay/sink-kafka';
import { Cluster } from '@audit-relay/sink-kafka/emulator';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const PRODUCE = 0;
/** Of the correlation id, by which an answer finds its request. */
const ID_BYTES = 4;

/** What becomes of answers to requests of one kind. */
interface Meddling {
  readonly api: number;
  readonly how: 'flip' | 'random' | 'cut' | 'length' | 'twice' | 'close';
  /** Where in the answer, from 0 to 1. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Case {
  readonly meddling: readonly Meddling[];
  /** Whether the cluster takes what it is sent. */
  readonly takes: boolean;
}

const meddling: fc.Arbitrary<Meddling> = fc.record({
  api: fc.constantFrom(PRODUCE, PRODUCE, 3, 18, 22),
  how: fc.constantFrom('flip', 'flip', 'random', 'random', 'cut', 'length', 'twice', 'close'),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
});
const CASE: fc.Arbitrary<Case> = fc.record({ meddling: fc.array(meddling, { maxLength: 3 }), takes: fc.boolean() });

/** Undefined: the connection ends here. With its four bytes of length, which may be wrong. */
function changed(answer: Buffer, { how, at, bytes }: Meddling, isForged: boolean): Buffer | undefined {
  const [id, rest] = [answer.subarray(0, ID_BYTES), answer.subarray(ID_BYTES)];
  const place = Math.floor(at * rest.length);
  switch (how) {
    case 'close':
      return undefined;
    case 'cut':
      return framed(Buffer.concat([id, rest.subarray(0, place)]));
    case 'length':
      return Buffer.concat([Buffer.from([at * 256, ...bytes.subarray(0, 3), 0, 0, 0]).subarray(0, 4), answer]);
    case 'twice':
      return Buffer.concat([framed(answer), framed(answer)]);
    case 'flip':
      // A changed code of a refusal could say that it was none, and then nobody could tell.
      if (isForged) return framed(Buffer.concat([id, bytes]));
      return framed(Buffer.concat([id, rest.subarray(0, place), bytes.subarray(0, 1), rest.subarray(place + 1)]));
    case 'random':
      return framed(Buffer.concat([id, bytes]));
  }
}

function framed(answer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(answer.length);
  return Buffer.concat([length, answer]);
}

interface Between {
  readonly address: string;
  now: Case;
  close(): void;
}

/** Passes requests on as they are, and changes answers by `now`. */
async function between(brokerAddress: string): Promise<Between> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(Number(brokerAddress.split(':')[1]), '127.0.0.1');
    for (const socket of [client, broker]) sockets.add(socket.on('close', () => sockets.delete(socket)));
    const end = (): void => void [client, broker].map((socket) => socket.destroy());
    client.on('error', end).on('close', end);
    broker.on('error', end).on('close', end);
    const apis = new Map<number, number>();
    const requests = whole((frame) => {
      apis.set(frame.readInt32BE(4), frame.readInt16BE(0));
      broker.write(framed(frame));
    });
    const answers = whole((frame) => {
      const api = apis.get(frame.readInt32BE(0));
      apis.delete(frame.readInt32BE(0));
      const { meddling, takes } = self.now;
      const meddled = meddling.find((one) => one.api === api);
      const answer = meddled === undefined ? framed(frame) : changed(frame, meddled, api === PRODUCE && !takes);
      if (answer === undefined) end();
      else if (client.writable) client.write(answer);
    });
    client.on('data', requests);
    broker.on('data', answers);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: Between = {
    // A server that listens on a port has an address with one.
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    now: { meddling: [], takes: true },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return self;
}

/** Calls for each frame: four bytes of length, then so many. */
function whole(each: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      each(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  };
}

/** Which of so many events the answer calls stored. */
function storedIn(result: SendResult, events: number): readonly number[] {
  if (result.kind === 'acked') return Array.from({ length: events }, (_, index) => index);
  if (result.kind !== 'partial') return [];
  const failed = new Set(result.failures.map(({ index }) => index));
  expect([failed.size, result.acked]).toEqual([result.failures.length, events - failed.size]);
  return Array.from({ length: events }, (_, index) => index).filter((index) => !failed.has(index));
}

const EVENTS = 4;
/** Beyond its own limit. What takes longer hangs, however busy the machine is. */
const SETTLE_MS = 60_000;
/** Sends after the last, of which one must be taken: a busy machine may miss the short limits of some. */
const TRIES = 50;

test('bytes of a broker', async () => {
  const cluster = await Cluster.start({ partitions: 2 });
  const middle = await between(cluster.addresses[0] ?? '');
  cluster.advertised[0] = middle.address;
  const config = kafka.configSchema.parse({
    brokers: [middle.address],
    topic: cluster.topic,
    connect_timeout: '500ms',
    request_timeout: '200ms',
  });
  const { sendMs } = kafka.limits(config);
  const sink: Sink = await kafka.open(config, testContext({ elapsedMs: () => performance.now() }));
  let sent = 0;
  let acks = 0;
  const send = (): { readonly ids: readonly string[]; readonly result: Promise<SendResult> } => {
    const ids = Array.from({ length: EVENTS }, () => `fuzz-${sent++}`);
    const batch = batchOf(envelopes(EVENTS, { id: (index) => ids[index] ?? '' }));
    return { ids, result: sink.send(batch, { signal: AbortSignal.timeout(sendMs), accepted: () => undefined }) };
  };
  await fuzz({
    name: 'bytes of a broker',
    input: CASE,
    inputs: 40,
    check: async (now) => {
      middle.now = now;
      // 7: the request timed out at the broker, and nothing of it was stored.
      cluster.act = () => (now.takes ? {} : { codes: { 0: 7, 1: 7 } });
      const before = cluster.held.length;
      const { ids, result } = send();
      const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), sendMs + SETTLE_MS).unref());
      const ended = await Promise.race([result, late]).catch((error: unknown) => String(error));
      expect(ended).not.toBe('late');
      if (typeof ended === 'object') {
        const held = new Set(cluster.held.slice(before).map(({ headers }) => headers['openai-event-id']));
        expect(storedIn(ended, EVENTS).filter((index) => !held.has(ids[index] ?? ''))).toEqual([]);
        if (ended.kind === 'acked') acks += 1;
        if (now.meddling.length === 0) expect(['acked', 'partial', 'retryable']).toContain(ended.kind);
      }
      cluster.produces.length = 0;
      cluster.asked.length = 0;
    },
  });
  // It has taken no harm.
  middle.now = { meddling: [], takes: true };
  cluster.act = () => ({});
  const kinds: unknown[] = [];
  while (kinds.length < TRIES && kinds.at(-1) !== 'acked') {
    kinds.push(
      await send().result.then(
        ({ kind }) => kind,
        (error: unknown) => String(error),
      ),
    );
  }
  expect(kinds.at(-1)).toBe('acked');
  expect(acks).toBeGreaterThan(0);
  await sink.close();
  middle.close();
  await cluster.stop();
});
