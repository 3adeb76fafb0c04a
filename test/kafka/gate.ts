/**
 * Stands between the sink and a real broker, at the address that the broker tells its clients, and reads the frames of
 * Kafka's protocol: answers to Produce can be lost, held back or altered, after the broker has done what was asked.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Addresses } from '../services/kafka/order.ts';

/** What becomes of an answer to Produce: a frame without its length; undefined loses it and the connection with it. */
export type Fate = (answer: Buffer) => Buffer | undefined;

export interface KafkaGate {
  /** From now on answers to Produce go this way; the promise resolves when the first has. */
  onProduced(fate: Fate): Promise<void>;
  /** From now on answers to Produce never come, and nothing is closed; resolves when the first is kept. */
  hold(): Promise<void>;
  /** Everything passes again; what was held back is gone. */
  open(): void;
  /** Ends every connection, as a broker does that sees nothing of its client for long; resolves when both sides know. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

const PRODUCE = 0;
const HELD = 'held';

export async function startGate({ gate, behindGate }: Addresses): Promise<KafkaGate> {
  const clients = new Set<Socket>();
  let fate: Fate | typeof HELD | undefined;
  let noteFirst = (): void => undefined;

  const server = createServer((client) => {
    const peer = connect(portOf(behindGate), '127.0.0.1');
    clients.add(client);
    const produces = new Set<number>();
    const end = (): void => {
      client.destroy();
      peer.destroy();
    };
    client.on('error', end).on('close', () => {
      clients.delete(client);
      end();
    });
    peer.on('error', end).on('close', () => client.end());
    /** What the broker still says to whom was hung up on is for nobody. */
    const say = (frame: Buffer): void => {
      if (client.writable) client.write(withLength(frame));
    };
    const asked = framed((frame) => {
      if (frame.readInt16BE(0) === PRODUCE) produces.add(frame.readInt32BE(4));
      peer.write(withLength(frame));
    });
    const answered = framed((frame) => {
      if (!produces.delete(frame.readInt32BE(0)) || fate === undefined) return say(frame);
      const told = fate === HELD ? HELD : fate(frame);
      if (told === undefined) end();
      else if (told !== HELD) say(told);
      noteFirst();
    });
    client.on('data', asked);
    peer.on('data', answered);
  }).listen(portOf(gate), '127.0.0.1');
  await once(server, 'listening');

  const change = (to: Fate | typeof HELD): Promise<void> => {
    fate = to;
    return new Promise((resolve) => {
      noteFirst = resolve;
    });
  };
  return {
    onProduced: change,
    hold: () => change(HELD),
    open: () => {
      fate = undefined;
    },
    hangUp: async () => {
      // Not by `once`, which rejects with what went wrong on the connection meanwhile.
      await Promise.all([...clients].map((client) => new Promise((resolve) => client.once('close', resolve).end())));
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await once(server.close(), 'close');
    },
  };
}

function portOf(address: string): number {
  return Number(address.split(':')[1]);
}

/** Calls for each whole frame: four bytes of length, then so many. */
function framed(whole: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      whole(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  };
}

function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/**
 * Produce's answer (versions 3 to 8) with another error code, or another offset, for its first partition:
 * correlation id, one topic with its name, one or more partitions of which each begins with its number, code and offset.
 */
export function altered(answer: Buffer, change: { readonly code?: number; readonly offset?: bigint }): Buffer {
  const altered = Buffer.from(answer);
  const code = 4 + 4 + 2 + altered.readInt16BE(8) + 4 + 4;
  if (change.code !== undefined) altered.writeInt16BE(change.code, code);
  if (change.offset !== undefined) altered.writeBigInt64BE(change.offset, code + 2);
  return altered;
}
