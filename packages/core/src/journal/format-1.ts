/**
 * What stands in a journal of format 1: the tables of `store.ts`, each value bare, as JSON or as bytes, and the offsets in
 * the keys of chunks counted without what a checksum takes. `migrate.ts` alone reads it.
 */
import { setImmediate } from 'node:timers/promises';
import { open } from 'lmdb';
import { damaged } from './checked-table.ts';
import { bytesOnDisk, type ChunkKey, type Store } from './store.ts';
import { FORMAT, type StoredMeta } from './stored.ts';
import type { Key, RawTable } from './table.ts';

/** Of one transaction. */
const PORTION = { values: 10_000, bytes: 8 * 2 ** 20 } as const;

/** What is the same in both formats but for the checksum, by LMDB's names. */
const TABLES = {
  checkpoints: 'checkpoints',
  seen: 'seen',
  cursors: 'cursors',
  deadLetters: 'letters',
  deadLetterIds: 'letter-ids',
  malformedRecords: 'oddities',
} as const satisfies Partial<Record<keyof Store, string>>;

interface Bare {
  readonly key: Key;
  readonly value: Uint8Array;
}

type Environment = ReturnType<typeof open>;

/**
 * Copies all of the journal in `folder` into a new store, the state last.
 * @param onPortion gets how many values a transaction has copied
 * @throws RelayError `JOURNAL_DAMAGED` when a value is not what this format has there
 */
export async function copyFormat1(folder: string, to: Store, onPortion: (values: number) => void): Promise<void> {
  const from = open({ path: folder, noSubdir: false, maxDbs: 12, readOnly: true });
  try {
    const bytes = tableOf(from, 'meta').get('state');
    if (bytes === undefined) throw damaged('its state is missing');
    const { offset, ...state } = jsonOf<StoredMeta>('the state', bytes);
    const write = portions(to, onPortion);
    const chunks = chunkWriter(to);
    await write(tableOf(from, 'chunks').getRange(), chunks.put);
    for (const [name, lmdbName] of Object.entries(TABLES)) {
      // Keys and values of both are of one shape, which only their names know.
      const table = to[name as keyof typeof TABLES] as unknown as RawTable<Key, unknown>;
      const decode = (value: Uint8Array): unknown => (name === 'seen' ? value : jsonOf(lmdbName, value));
      await write(tableOf(from, lmdbName).getRange(), ({ key, value }) => table.put(key, decode(value)));
    }
    to.transaction(() => to.meta.put('state', { ...state, offset: chunks.end() ?? offset, format: FORMAT }));
  } finally {
    await from.close();
  }
}

/** In transactions of bounded size, so that others have their turn and LMDB's own memory stays small. */
function portions(to: Store, onPortion: (values: number) => void) {
  return async (values: Iterable<Bare>, put: (bare: Bare) => unknown): Promise<void> => {
    const write = async (portion: readonly Bare[]): Promise<void> => {
      to.transaction(() => {
        for (const bare of portion) put(bare);
      });
      onPortion(portion.length);
      await setImmediate();
    };
    let portion: Bare[] = [];
    let bytes = 0;
    for (const { key, value } of values) {
      // LMDB's own memory is used again for the next one.
      portion.push({ key, value: Uint8Array.from(value) });
      bytes += value.length;
      if (portion.length < PORTION.values && bytes < PORTION.bytes) continue;
      await write(portion);
      portion = [];
      bytes = 0;
    }
    await write(portion);
  };
}

/** The oldest chunk keeps its offset; what comes after it is counted anew. */
function chunkWriter(to: Store): { readonly put: (bare: Bare) => void; readonly end: () => number | undefined } {
  let end: number | undefined;
  const put = ({ key, value }: Bare): void => {
    const [first, offset, receivedMs] = key as ChunkKey;
    const at = end ?? offset;
    to.chunks.put([first, at, receivedMs], value);
    end = at + bytesOnDisk(value.length);
  };
  return { put, end: () => end };
}

function tableOf(environment: Environment, name: string): RawTable<Key, Uint8Array> {
  // LMDB's keys and values have no static type.
  const table = environment.openDB({ name, encoding: 'binary' }) as unknown as RawTable<Key, Uint8Array> | undefined;
  if (table === undefined) throw damaged(`the database ${name} is missing`);
  return table;
}

function jsonOf<T>(place: string, bytes: Uint8Array): T {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as T;
  } catch (error) {
    throw damaged(`${place} is no JSON`, error);
  }
}
