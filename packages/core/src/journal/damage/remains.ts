/** What a damaged journal still says, put in order: `salvage.ts` finds the values, each of them whole. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, Feed } from '../../entry.ts';
import type { StoredBinding } from '../binding.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { decodeChunk } from '../chunk.ts';
import { type KeptDeadLetter, type KeptMalformedRecord, malformedRecordId } from '../dead-letter.ts';
import { DATA } from '../folder.ts';
import type { StoredCursor, StoredDeadLetter, StoredMalformedRecord, StoredMeta } from '../stored.ts';
import type { Key } from '../table.ts';
import { type Salvaged, salvage } from './salvage.ts';

/** Small enough to be held; of each key the newest value that can be read. */
export interface Remains {
  readonly state: StoredMeta | undefined;
  /** By lane. */
  readonly cursors: ReadonlyMap<string, StoredCursor>;
  readonly bindings: ReadonlyMap<string, StoredBinding>;
  readonly checkpoints: readonly (readonly [source: string, feed: Feed, checkpoint: Checkpoint])[];
}

/** A chunk, a dead letter or a record without an id, as it comes in the file. */
export type Remnant =
  /** `first`: number of the first entry. */
  | { readonly kind: 'entries'; readonly first: number; readonly entries: readonly Entry[] }
  | { readonly kind: 'dead_letter'; readonly deadLetter: KeptDeadLetter }
  | { readonly kind: 'malformed_record'; readonly malformedRecord: KeptMalformedRecord };

const SMALL: ReadonlySet<Salvaged['table']> = new Set(['meta', 'cursors', 'bindings', 'checkpoints']);

/** @param folder of the damaged journal; without a data file nothing remains. */
export async function remainsOf(folder: string): Promise<Remains> {
  const newest = new Map<string, Salvaged>();
  for await (const value of valuesIn(folder)) {
    const name = `${value.table} ${JSON.stringify(value.key)}`;
    const known = newest.get(name);
    const isNewer = known === undefined || known.transaction < value.transaction;
    if (SMALL.has(value.table) && isNewer) newest.set(name, { ...value, content: Buffer.from(value.content) });
  }
  const of = <V>(table: Salvaged['table']): readonly (readonly [Key, V])[] =>
    [...newest.values()].flatMap((one) => (one.table === table ? [[one.key, jsonOf<V>(one)] as const] : []));
  return {
    state: of<StoredMeta>('meta')[0]?.[1],
    cursors: new Map(of<StoredCursor>('cursors').map(([lane, cursor]) => [String(lane), cursor])),
    bindings: new Map(of<StoredBinding>('bindings').map(([source, binding]) => [String(source), binding])),
    // Keys of this table are a source and a feed: its checksum covers them.
    checkpoints: of<Checkpoint>('checkpoints').map(([key, value]) => [String(key[0]), key[1] as Feed, value]),
  };
}

/** All of them; what was removed from the journal and not yet written over may be among them, and one may come twice. */
export async function* remnantsOf(folder: string): AsyncGenerator<Remnant> {
  for await (const value of valuesIn(folder)) {
    const { table, key } = value;
    if (table === 'chunks') {
      const entries = entriesIn(value.content);
      if (entries.length > 0) yield { kind: 'entries', first: Number(key[0]), entries };
    } else if (table === 'deadLetters') {
      yield { kind: 'dead_letter', deadLetter: { ...jsonOf<StoredDeadLetter>(value), sequence: Number(key[1]) } };
    } else if (table === 'malformedRecords') {
      const kept = jsonOf<StoredMalformedRecord>(value);
      const [source, hash] = [String(key[0]), String(key[1])];
      if ('raw' in kept)
        yield {
          kind: 'malformed_record',
          malformedRecord: { ...kept, source, hash, id: malformedRecordId(source, hash) },
        };
    }
  }
}

async function* valuesIn(folder: string): AsyncGenerator<Salvaged> {
  const path = join(folder, DATA);
  if (existsSync(path)) yield* salvage(path);
}

/** The checksum vouches for it: this is what was written there. */
function jsonOf<V>({ content }: Salvaged): V {
  return JSON.parse(content.toString()) as V;
}

function entriesIn(content: Buffer): readonly Entry[] {
  try {
    return decodeChunk(content);
  } catch {
    return [];
  }
}
