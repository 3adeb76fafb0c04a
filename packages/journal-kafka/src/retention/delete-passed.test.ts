/** What may leave a partition whose lanes other processes know, and by whose word. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import { encodeMetadata } from '../lane/metadata.ts';
import { entriesRecord, NOTHING } from '../record/entries-record.ts';
import { deletePassed } from './delete-passed.ts';

const names = { entries: 'entries', lanes: 'lanes' };

interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: object;
}

/** Ten entries of a record each, and a copy of each lane that has passed up to the offset of its own. */
function world(copies: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  let totals = NOTHING;
  const entries: Message[] = Array.from({ length: 10 }, () => {
    const made = entriesRecord({ source: 'acme', count: 1, receivedMs: 0, chunk: Buffer.from('chunk') }, totals);
    totals = made.totals;
    const texts = Object.entries(made.record.headers ?? {});
    return { ...made.record, headers: Object.fromEntries(texts.map(([name, text]) => [name, Buffer.from(text)])) };
  });
  const lanes = Object.entries(copies).map(([lane, offset]): Message => {
    const m = encodeMetadata({ cursor: { position: offset, settled: [], reach: 0, counts: {} }, term: 1 });
    const key = Buffer.from(['cursor', lane, 1, 'm'].join('\0'));
    return { key, value: Buffer.from(JSON.stringify({ o: String(offset), m })), headers: {} };
  });
  const logs: Record<string, Message[]> = { entries, lanes };
  interface Asked {
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly Record<string, unknown>[] }[];
  }
  const broker = {
    listOffsets: async ({ topics: [one] }: Asked) => {
      const { timestamp } = one?.partitions[0] ?? {};
      const end = (logs[one?.topic ?? ''] ?? []).length;
      const offset = timestamp === -2 ? 0 : timestamp === -1 ? end : -1;
      return { responses: [{ partitions: [{ offset: String(offset) }] }] };
    },
    fetch: async ({ topics: [one] }: Asked) => {
      const log = logs[one?.topic ?? ''] ?? [];
      const batchContext = { producerId: '1', inTransaction: false };
      const from = Number(one?.partitions[0]?.['fetchOffset']);
      const all = log.map((each, offset) => ({
        ...each,
        offset: String(offset),
        isControlRecord: false,
        batchContext,
      }));
      const end = String(log.length);
      return {
        responses: [{ partitions: [{ messages: all.slice(from), highWatermark: end, lastStableOffset: end }] }],
      };
    },
    produce: async ({
      topicData,
    }: {
      topicData: readonly { partitions: readonly { messages: readonly Message[] }[] }[];
    }) => {
      const [message] = topicData[0]?.partitions[0]?.messages ?? [];
      if (message !== undefined) lanes.push(message);
      asked.push(
        `${message?.key?.toString().split('\0')[1] ?? ''} ${message?.value === null ? 'forgotten' : 'written'}`,
      );
      return { topics: [{ partitions: [{ errorCode: 0 }] }] };
    },
    deleteRecords: async ({ topics: [one] }: Asked) =>
      void asked.push(`deleted to ${String(one?.partitions[0]?.['offset'])}`),
  };
  const client = { ofLeader: async (_place: unknown, ask: (one: unknown) => unknown) => ask(broker) };
  const signal = new AbortController().signal;
  const common = { partition: 0, youngFromMs: 1, nowMs: 1, isFull: false, signal, removed: [] as readonly string[] };
  const confirm = async (): Promise<void> => void asked.push('confirmed');
  return {
    asked,
    // What it asks of a client.
    order: { client: client as unknown as Client, names, lanes: ['siem'], confirm, ...common },
  };
}

describe('what leaves', () => {
  test.each<{ name: string; copies: Record<string, number>; removed?: string[]; asked: string[] }>([
    { name: 'is what the one lane has passed', copies: { siem: 7 }, asked: ['confirmed', 'deleted to 7'] },
    {
      name: 'is not what a lane has not passed that only another process knows',
      copies: { siem: 7, archive: 3 },
      asked: ['confirmed', 'deleted to 3'],
    },
    { name: 'is nothing while a lane has not begun', copies: { archive: 3 }, asked: [] },
    {
      name: 'is what a lane has held that everybody has taken out',
      copies: { siem: 7, archive: 3 },
      removed: ['archive'],
      asked: ['archive forgotten', 'confirmed', 'deleted to 7'],
    },
    {
      name: 'is not what a lane holds that is called removed and is configured',
      copies: { siem: 7 },
      removed: ['siem'],
      asked: ['confirmed', 'deleted to 7'],
    },
  ])('$name', async ({ copies, removed = [], asked }) => {
    const seen = world(copies);
    await deletePassed({ ...seen.order, removed });
    expect(seen.asked).toEqual(asked);
  });

  test('is nothing once the partition is another’s', async () => {
    const { order, asked } = world({ siem: 7 });
    const confirm = () => Promise.reject(new Error('another’s'));
    await expect(deletePassed({ ...order, confirm })).rejects.toThrow('another’s');
    expect(asked).toEqual([]);
  });
});
