/** A lane's way out of the journal: the next entries in order, its reach and its cursor. */
import { RelayError } from '../errors.ts';
import type { Chunk, ChunkReader } from './chunk-reader.ts';
import type { Cursor, JournaledEntry, LaneJournal, Position } from './journal.ts';
import type { JournalParts } from './parts.ts';
import { isSettled, joinSettled } from './settled.ts';
import type { StoredCursor, StoredRange } from './stored.ts';

type LaneParts = Pick<JournalParts, 'store' | 'writer' | 'reader' | 'runtime' | 'arrived'>;

export class EmbeddedLaneJournal implements LaneJournal {
  readonly #parts: LaneParts;
  readonly #name: string;
  /** As saved when this reader began: what it calls settled is not read again. */
  readonly #start: StoredCursor;
  #next: number;

  /** @throws RelayError `LANE_UNKNOWN` when `configure` has not named it. */
  constructor(parts: LaneParts, name: string) {
    const cursor = parts.store.cursors.get(name);
    if (cursor === undefined)
      throw new RelayError('LANE_UNKNOWN', `no cursor for the lane ${name}: configure it first`);
    this.#parts = parts;
    this.#name = name;
    this.#start = cursor;
    this.#next = cursor.position + 1;
    parts.reader.begin(name, this.#next);
  }

  get refusals(): number {
    return this.#start.refusals ?? 0;
  }

  get fromMs(): number {
    return this.#start.fromMs ?? Number.NEGATIVE_INFINITY;
  }

  async read(maxBytes: number, signal: AbortSignal): Promise<readonly JournaledEntry[]> {
    for (;;) {
      signal.throwIfAborted();
      const taken = this.#take(maxBytes);
      if (taken.length > 0) return taken;
      await this.#parts.arrived.wait(signal);
    }
  }

  async extend(entries: number): Promise<void> {
    const { runtime } = this.#parts;
    // Never below the one found at the start: what it covers may have been sent before that.
    const reach = Math.max(this.#start.reach, this.#next - 1 + entries);
    runtime.log('debug', 'REACH_EXTENDING', 'moving the reach', { lane: this.#name });
    await this.#update((cursor) => ({ ...cursor, reach }));
    runtime.log('debug', 'REACH_EXTENDED', 'the reach is on disk', { lane: this.#name });
  }

  async save(cursor: Cursor): Promise<void> {
    const { runtime } = this.#parts;
    const position = cursor.position === undefined ? this.#start.position : numberOf(cursor.position);
    const settled = cursor.settled.map(rangeOf);
    const { counts } = cursor;
    const joined = joinSettled(this.#start, { position, settled, ...(counts && { counts }) });
    runtime.log('debug', 'CURSOR_SAVING', 'saving the cursor', { lane: this.#name });
    const { refusals = 0 } = cursor;
    await this.#update(({ reach, uncounted, fromMs }) => ({
      ...joined,
      reach,
      ...(refusals > 0 && { refusals }),
      ...(uncounted !== undefined && { uncounted }),
      ...(fromMs !== undefined && { fromMs }),
    }));
    runtime.log('debug', 'CURSOR_SAVED', 'the cursor is saved', { lane: this.#name });
  }

  #update(change: (cursor: StoredCursor) => StoredCursor): Promise<void> {
    const { store, writer } = this.#parts;
    return writer.run('reserve', () => {
      const next = change(store.cursors.get(this.#name) ?? this.#start);
      return { write: () => store.cursors.put(this.#name, next), value: undefined };
    });
  }

  /** What is there now, in order; empty at the journal's end. */
  #take(maxBytes: number): readonly JournaledEntry[] {
    const { reader } = this.#parts;
    const taken: JournaledEntry[] = [];
    const end = reader.next;
    let bytes = 0;
    while (this.#next < end && bytes < maxBytes) {
      // What was read before a damaged chunk is given first; the next call meets the damage.
      const chunk = taken.length > 0 ? readable(reader, this.#next) : reader.at(this.#next);
      if (chunk === undefined && taken.length > 0) break;
      if (chunk === undefined) throw gone(this.#name);
      for (const entry of chunk.entries.slice(this.#next - chunk.first)) {
        const number = this.#next;
        this.#next += 1;
        if (isSettled(this.#start, number)) continue;
        const withinReach = number <= this.#start.reach;
        taken.push({ position: positionOf(number), entry, withinReach, replay: withinReach || entry.again === true });
        bytes += Buffer.byteLength(entry.raw);
        if (bytes >= maxBytes) break;
      }
      reader.past(this.#name, this.#next, chunk);
    }
    return taken;
  }
}

export function positionOf(number: number): Position {
  // The one place that makes a position: outside of the journal it is opaque.
  return String(number) as Position;
}

export function numberOf(position: Position): number {
  return Number(position);
}

function rangeOf({ first, last, counts }: Cursor['settled'][number]): StoredRange {
  return counts === undefined ? [numberOf(first), numberOf(last)] : [numberOf(first), numberOf(last), counts];
}

function gone(lane: string): RelayError {
  return new RelayError('ENTRIES_GONE', `entries that the lane ${lane} had not passed have left the journal`);
}

/** Undefined where the chunk has left or is damaged. */
function readable(reader: ChunkReader, number: number): Chunk | undefined {
  try {
    return reader.at(number);
  } catch {
    return undefined;
  }
}
