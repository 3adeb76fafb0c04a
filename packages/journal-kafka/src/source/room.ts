/**
 * The bound of what is held for lanes: a commit waits while it would pass `max_bytes`. How much that is says who knows the lanes'
 * cursors; between two looks, what this process has written itself is counted on top.
 */
import { JournalFull, type Runtime, type SourceParts } from '@audit-relay/core/journal';

/** Of the entries that some lane has not passed, all partitions together. */
export interface Held {
  readonly bytes: number;
  /** The lane that is furthest behind, or what else fills it. */
  readonly because: string;
}

export interface RoomOptions {
  readonly maxBytes: number;
  /** Looks at cursors and totals. @throws whatever the client says: the last look stands then. */
  readonly measure: () => Promise<Held>;
  readonly runtime: Runtime;
}

/** How long one look is good for, and how long a commit that waits waits for the next, in milliseconds. */
const LOOK_MS = 5_000;

export class KafkaRoom {
  readonly #options: RoomOptions;
  #held: Held = { bytes: 0, because: 'nothing' };
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #written = 0;
  #waiting = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get fullBecauseOf(): string | undefined {
    return this.#waiting > 0 ? this.#held.because : undefined;
  }

  /** That some lane has not passed, as of the last look. */
  get bytes(): number {
    return this.#held.bytes + this.#written;
  }

  /** Once before the first commit. */
  async look(): Promise<void> {
    this.#looking ??= this.#measure().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  readonly forEntries: SourceParts['room']['forEntries'] = (bytes) => {
    if (bytes > 0 && !this.#fits(bytes)) throw new JournalFull(bytes);
    if (this.#options.runtime.elapsedMs() - this.#lookedMs > LOOK_MS) this.look().catch(() => undefined);
    return { keys: [], change: bytes };
  };

  readonly apply: SourceParts['room']['apply'] = ({ change }) => {
    this.#written += change;
  };

  readonly wait: SourceParts['room']['wait'] = async ({ bytes }, signal) => {
    const { runtime } = this.#options;
    await this.look().catch(() => undefined);
    if (this.#fits(bytes)) return;
    const { because } = this.#held;
    if (this.#waiting === 0) {
      const message = `the journal is full because of ${because}: the sources wait, nothing is dropped`;
      runtime.log('error', 'JOURNAL_FULL', message, { because });
    }
    this.#waiting += 1;
    try {
      while (!this.#fits(bytes)) {
        await runtime.sleep(LOOK_MS, signal);
        await this.look().catch(() => undefined);
      }
    } finally {
      this.#waiting -= 1;
    }
  };

  /** One commit alone may be larger than all: it goes once nothing else is held. */
  #fits(bytes: number): boolean {
    const held = this.#held.bytes + this.#written;
    return held === 0 || held + bytes <= this.#options.maxBytes;
  }

  async #measure(): Promise<void> {
    const before = this.#written;
    this.#held = await this.#options.measure();
    // What was written while it looked may be counted twice, and not too little.
    this.#written -= before;
    this.#lookedMs = this.#options.runtime.elapsedMs();
  }
}
