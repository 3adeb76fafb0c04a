/** Collectors that the same tests run against: the emulator, and real Splunk where containers run. */
import { type HecEmulator, startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { startSplunk } from '../services/splunk/container.ts';

/** An event as a search finds it. */
export interface Found {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly source: string;
  readonly sourcetype: string;
  readonly index: string;
}

export interface Collector {
  readonly url: string;
  /** Allows the index `openai` alone: one without and one with indexer acknowledgment. */
  readonly tokens: { readonly plain: string; readonly acking: string };
  /** What came with this `host`. */
  search(host: string): Promise<readonly Found[]>;
  stop(): Promise<void>;
}

export async function emulated(): Promise<Collector> {
  const tokens = { plain: 'plain', acking: 'acking' };
  const emulator: HecEmulator = await startHecEmulator({
    tokens: {
      [tokens.plain]: { indexes: ['openai'], defaultIndex: 'openai' },
      [tokens.acking]: { indexes: ['openai'], useAck: true },
    },
  });
  return {
    url: emulator.url,
    tokens,
    search: async (host) =>
      emulator.events
        .filter((event) => event.host === host)
        .map(({ time = 0, source = '', sourcetype = '', index, fields }) => ({
          id: String(fields['event_id']),
          timeMs: Math.round(time * 1_000),
          source,
          sourcetype,
          index,
        })),
    stop: () => emulator.close(),
  };
}

export async function real(): Promise<Collector> {
  const { url, admin, stop } = await startSplunk();
  await admin.makeIndex('openai');
  const keys = { index: 'openai', indexes: 'openai' };
  return {
    url,
    tokens: {
      plain: await admin.makeToken('plain', keys),
      acking: await admin.makeToken('acking', { ...keys, useACK: '1' }),
    },
    search: async (host) => {
      const fields = '_time, event_id, source, sourcetype, index';
      const query = `index=openai host="${host}" | eval time=_time | table time, event_id, source, sourcetype, index`;
      const rows = await admin.search(query);
      return rows.map(({ time = '', event_id: id = '', source = '', sourcetype = '', index = '' }) => {
        if (id === '') throw new Error(`a row without ${fields}`);
        return { id, timeMs: Math.round(Number(time) * 1_000), source, sourcetype, index };
      });
    },
    stop,
  };
}
