/** What the open journal is made of; its ways in and out each name what they use of it. */

import type { Runtime } from '../runtime.ts';
import type { Signal } from '../signal.ts';
import type { ChunkReader } from './chunk-reader.ts';
import type { StartsKeeper } from './damage/starts-keeper.ts';
import type { Room } from './room.ts';
import type { SeenIds } from './seen-ids.ts';
import type { Store } from './store.ts';
import type { Writer } from './writer.ts';

export interface JournalParts {
  /** Its absolute path. */
  readonly folder: string;
  readonly store: Store;
  readonly writer: Writer;
  readonly room: Room;
  readonly seen: SeenIds;
  readonly reader: ChunkReader;
  readonly starts: StartsKeeper;
  readonly runtime: Runtime;
  /** Rung when entries were committed. */
  readonly arrived: Signal;
}
