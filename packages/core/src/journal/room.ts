/**
 * The journal's bound. Counted are LMDB's own pages that hold something (entries, ids, dead letters,
 * cursors), measured after every transaction; inside one, what it has added is counted on top.
 * Entries that every lane has passed leave for new ones, oldest first, or when `retention` is over;
 * entries that some lane has not passed make the commit wait.
 */

import { RelayError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { Signal } from '../signal.ts';
import { bytesAfter, oldestChunkKey, pinned, slowestLane } from './bound.ts';
import type { JournalConfig } from './config.ts';
import { Forecast } from './forecast.ts';
import { type ChunkKey, type Store, stateOf } from './store.ts';

/** Chunks that leave in one transaction for their age alone. */
const MAX_AGED = 100;
const MIN_RESERVE = 8 << 20;

/** Bytes beside `max_bytes`: for cursors, dead letters, eviction, and pages that LMDB cannot use again at once. */
export function reserveBytes(maxBytes: number): number {
  return Math.max(MIN_RESERVE, Math.floor(maxBytes / 8));
}

/** What leaves so that something fits. */
export interface Eviction {
  readonly keys: readonly ChunkKey[];
  /** How the counted bytes change by the task that asked: what it adds less what leaves. */
  readonly change: number;
}

/** What a commit is refused with that has to wait: `wait` takes it back. */
export class JournalFull extends RelayError {
  /** How much room the commit needs. */
  readonly bytes: number;

  constructor(bytes: number) {
    super('JOURNAL_FULL', 'the journal is full of what may not leave');
    this.bytes = bytes;
  }
}

export class Room {
  readonly #store: Store;
  readonly #config: JournalConfig;
  readonly #runtime: Runtime;
  readonly #forecast: Forecast;
  readonly #changed = new Signal();
  #used = 0;
  #change = 0;
  #waiting = 0;
  #fullBecauseOf: string | undefined;

  constructor(store: Store, config: JournalConfig, runtime: Runtime) {
    this.#store = store;
    this.#config = config;
    this.#runtime = runtime;
    this.#forecast = new Forecast(config.max_bytes);
    this.measure();
  }

  /** Who keeps a commit waiting: a lane's name, or what else fills the journal. */
  get fullBecauseOf(): string | undefined {
    return this.#waiting > 0 ? this.#fullBecauseOf : undefined;
  }

  /**
   * After every transaction, committed or undone: nothing else changes how much room there is, so whoever waits
   * looks again here, whatever has made it.
   */
  measure(): void {
    this.#used = this.#store.usedBytes();
    this.#change = 0;
    this.#changed.notify();
  }

  /**
   * What must leave for `bytes` of entries to fit, and what leaves by age.
   * @throws JournalFull when not enough may leave.
   */
  forEntries(bytes: number): Eviction {
    const { fits, eviction } = this.#plan(bytes, this.#config.max_bytes);
    if (fits || bytes === 0) return eviction;
    throw new JournalFull(bytes);
  }

  /** The same for dead letters, which may use half of the reserve. @throws RelayError `DEAD_LETTERS_FULL`. */
  forLetters(bytes: number): Eviction {
    const { max_bytes } = this.#config;
    const { fits, eviction } = this.#plan(bytes, max_bytes + reserveBytes(max_bytes) / 2);
    if (fits) return eviction;
    const fix = 'retry or drop dead letters, or raise journal.max_bytes';
    throw new RelayError('DEAD_LETTERS_FULL', `the journal has no room for another dead letter: ${fix}`);
  }

  /** Inside the transaction, once it is decided. */
  apply({ keys, change }: Eviction): void {
    for (const key of keys) this.#store.chunks.remove(key);
    this.#change += change;
  }

  /** Resolves when what was refused would fit. @throws the signal's reason when it fires first. */
  async wait({ bytes }: JournalFull, signal: AbortSignal): Promise<void> {
    const because = this.#blame();
    if (this.#waiting === 0) {
      const message = `the journal is full because of ${because}: the sources wait, nothing is dropped`;
      this.#runtime.log('error', 'JOURNAL_FULL', message, { because });
    }
    this.#fullBecauseOf = because;
    this.#waiting += 1;
    try {
      // The transaction that refused it may itself have made room.
      while (this.#available() < bytes) await this.#changed.wait(signal);
      signal.throwIfAborted();
    } finally {
      this.#waiting -= 1;
    }
  }

  /** How many bytes of entries would fit now, with all gone that may leave: as `#plan` counts. */
  #available(): number {
    const { lanes, offset } = stateOf(this.#store);
    const oldest = oldestChunkKey(this.#store);
    const held = oldest === undefined ? 0 : offset - oldest[1];
    const slowest = slowestLane(this.#store, lanes);
    const needed = slowest === undefined ? 0 : bytesAfter(this.#store, slowest.position);
    return this.#config.max_bytes - this.#used + held - needed;
  }

  /** Foretells a full journal at 50, 80 and 95 %. */
  warn(): void {
    const { bytes, largest } = pinned(this.#store);
    const told = this.#forecast.observe(bytes, this.#runtime.elapsedMs());
    if (told === undefined) return;
    const { percent, leftMs } = told;
    const because = largest.by;
    const fullAt = leftMs === undefined ? undefined : minuteAfter(this.#runtime.now() + leftMs);
    const when = fullAt === undefined ? 'it fills too slowly to say when it is full' : `full at about ${fullAt}`;
    const message = `the journal is ${percent} % full because of ${because}; ${when}`;
    this.#runtime.log('warn', 'JOURNAL_FILLING', message, {
      because,
      percent,
      ...(fullAt !== undefined && { fullAt }),
    });
  }

  /** The largest part. What no part takes up was still not enough for the commit that waits. */
  #blame(): string {
    const { bytes, largest } = pinned(this.#store);
    return largest.bytes > this.#config.max_bytes - bytes ? largest.by : 'one very large commit';
  }

  #plan(bytes: number, limit: number): { readonly fits: boolean; readonly eviction: Eviction } {
    const excess = this.#used + this.#change + bytes - limit;
    const aged = this.#runtime.now() - this.#config.retention;
    const keys: ChunkKey[] = [];
    let freed = 0;
    for (const [key, size] of this.#passed()) {
      if (freed >= excess && (key[2] >= aged || keys.length >= MAX_AGED)) break;
      keys.push(key);
      freed += size;
    }
    return { fits: freed >= excess, eviction: { keys, change: bytes - freed } };
  }

  /** Chunks that every lane has passed, oldest first, with the bytes they take. */
  *#passed(): Iterable<readonly [key: ChunkKey, bytes: number]> {
    const { next, offset, lanes } = stateOf(this.#store);
    const position = slowestLane(this.#store, lanes)?.position ?? next - 1;
    let held: ChunkKey | undefined;
    for (const key of this.#store.chunks.getKeys()) {
      if (key[0] > position + 1) return;
      if (held !== undefined) yield [held, key[1] - held[1]];
      held = key;
    }
    if (held !== undefined && position >= next - 1) yield [held, offset - held[1]];
  }
}

/** ISO 8601 to the minute; rounded up, so that it does not lie in the past. */
function minuteAfter(ms: number): string {
  return `${new Date(Math.ceil(ms / 60_000) * 60_000).toISOString().slice(0, 16)}Z`;
}
