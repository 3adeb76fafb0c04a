/**
 * How many bytes may be in flight between the API and the journal, for all sources together. A request takes what its page
 * is expected to need before `request-scheduler.ts` sends it; the walk that asked holds it until the page is committed or
 * dropped. So memory is bounded however many windows are read at once and however large records are.
 */

/** 32 MiB. */
export const DEFAULT_BUDGET_BYTES: number = 32 * 2 ** 20;
/** What a page takes for each byte of its body: the body as it came, and the text that is made of it. */
export const HELD_PER_BYTE = 2;
/** One page takes no more than this part of the budget: a larger one is asked for again with fewer records. */
const PAGE_SHARE = 1 / 4;
/** Lookback scans and backfill leave the rest to live polling, which must not wait for them. */
const UNHURRIED_SHARE = 3 / 4;

/** Who holds bytes: live polling, or what can wait. */
export type Urgency = 'live' | 'unhurried';

export class ByteBudget {
  readonly totalBytes: number;
  readonly #listeners = new Set<() => void>();
  readonly #beyond = new Map<Urgency, Holding>();
  #used = 0;

  /** @param totalBytes of all that is in flight; default 32 MiB. */
  constructor(totalBytes: number = DEFAULT_BUDGET_BYTES) {
    this.totalBytes = totalBytes;
  }

  /** What is held at this moment. */
  get usedBytes(): number {
    return this.#used;
  }

  /** The largest body that a page of several records may have. */
  get pageBytes(): number {
    return Math.floor((this.totalBytes * PAGE_SHARE) / HELD_PER_BYTE);
  }

  /** For one walk, or for one request. Whoever opens it must `release` it, whatever happens. */
  hold(urgency: Urgency): Holding {
    return new Holding({
      take: (holding, bytes) => this.#take(holding, urgency, bytes),
      give: (holding, bytes) => this.#give(holding, urgency, bytes),
    });
  }

  /** Calls back whenever bytes come free. @returns what ends it. */
  onFreed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * One walk of each urgency may go beyond the budget, or else walks that each hold a page and wait for the next would wait
   * for each other, and a page larger than all of the budget would never come.
   */
  #take(holding: Holding, urgency: Urgency, bytes: number): boolean {
    const most = urgency === 'live' ? this.totalBytes : this.totalBytes * UNHURRIED_SHARE;
    if (this.#used + bytes > most) {
      if ((this.#beyond.get(urgency) ?? holding) !== holding) return false;
      this.#beyond.set(urgency, holding);
    }
    this.#used += bytes;
    return true;
  }

  #give(holding: Holding, urgency: Urgency, bytes: number): void {
    this.#used -= bytes;
    const isBack = holding.bytes === 0 || this.#used <= this.totalBytes * UNHURRIED_SHARE;
    if (isBack && this.#beyond.get(urgency) === holding) this.#beyond.delete(urgency);
    // Who is called first may take it all: each goes last after that.
    for (const listener of Array.from(this.#listeners)) {
      const usedBefore = this.#used;
      listener();
      if (this.#used > usedBefore && this.#listeners.delete(listener)) this.#listeners.add(listener);
    }
  }
}

interface HoldingParts {
  take(holding: Holding, bytes: number): boolean;
  give(holding: Holding, bytes: number): void;
}

/** What one walk holds: the pages that it has asked for and that are neither committed nor dropped. */
export class Holding {
  readonly #parts: HoldingParts;
  readonly #shares = new Set<Share>();

  constructor(parts: HoldingParts) {
    this.#parts = parts;
  }

  get bytes(): number {
    let bytes = 0;
    for (const share of this.#shares) bytes += share.bytes;
    return bytes;
  }

  /** For a page that is expected to need so much. Undefined: there is no room now. */
  take(bytes: number): Share | undefined {
    if (!this.#parts.take(this, bytes)) return undefined;
    const share = new Share(bytes, {
      take: (more) => this.#parts.take(this, more),
      give: (less) => this.#parts.give(this, less),
      end: (ended) => this.#shares.delete(ended),
    });
    this.#shares.add(share);
    return share;
  }

  /** Everything that has come until now: whoever commits it releases it afterwards, and what comes from now on stays. */
  handOver(): readonly Share[] {
    return [...this.#shares].filter(({ hasCome }) => hasCome);
  }

  /** All of it, whatever has become of it. */
  release(): void {
    for (const share of this.#shares) share.release();
  }
}

interface ShareParts {
  take(more: number): boolean;
  give(less: number): void;
  end(share: Share): void;
}

/** What one page takes of the budget. */
export class Share {
  readonly #parts: ShareParts;
  #bytes: number;
  #hasCome = false;
  #isReleased = false;

  constructor(bytes: number, parts: ShareParts) {
    this.#bytes = bytes;
    this.#parts = parts;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Its page is there. */
  get hasCome(): boolean {
    return this.#hasCome;
  }

  /** The page turns out to be so large by now. False: there is no room for it. */
  grow(bytes: number): boolean {
    if (this.#isReleased) return false;
    if (bytes <= this.#bytes) return true;
    if (!this.#parts.take(bytes - this.#bytes)) return false;
    this.#bytes = bytes;
    return true;
  }

  /** The page is there and takes so much: it is so large whether there is room or not. */
  came(bytes: number): void {
    if (this.#isReleased) return;
    this.#hasCome = true;
    const less = this.#bytes - bytes;
    this.#bytes = bytes;
    if (less !== 0) this.#parts.give(less);
  }

  /** Once; later calls do nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const bytes = this.#bytes;
    this.#bytes = 0;
    this.#parts.end(this);
    this.#parts.give(bytes);
  }
}
