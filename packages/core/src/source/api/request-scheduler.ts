/**
 * Who may send the next request of a source, and when. One queue for both feeds; a request is sent when all four say so:
 * the rate (`rate-limit.ts`), for backfill the number of requests under way (`concurrency-limit.ts`), the memory of all
 * sources (`byte-budget.ts`), from which it takes what its page is expected to need, and its feed, which after a fault asks
 * nothing until the wait is over and then one at a time, until an answer is good again: so a server in trouble sees one
 * question, not one from every loop, and "three in a row" means three. Live polling goes first, but not for ever: who has
 * waited long goes before it.
 */
import type { Runtime } from '../../runtime.ts';
import { Signal } from '../../signal.ts';
import { ByteBudget, type Holding, type Share } from './byte-budget.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { type Purpose, RateLimit } from './rate-limit.ts';

/** Of two that may go, the earlier one here goes. */
const ORDER: readonly Purpose[] = ['live', 'lookback', 'backfill'];

/** Leave to send one request now. `end` must follow when its answer is there or it is given up. */
export interface Turn {
  /** From 1, in the order of sending, of all requests of the source: an answer is judged by what was known when it was asked for. */
  readonly number: number;
  readonly purpose: Purpose;
  /** For how long nothing but the rate kept it back, in milliseconds. */
  readonly waitedMs: number;
  /** What it has taken of the memory; the holding's own matter from then on. */
  readonly share: Share;
  end(): void;
}

/** Somebody's wish to send a request. */
export interface Wish {
  readonly purpose: Purpose;
  /** Who will hold the page. */
  readonly holding: Holding;
  /** What the page is expected to take of the memory. */
  readonly bytes: number;
}

interface Waiter extends Wish {
  readonly feed: FeedState;
  /** Since when nothing but the rate keeps it back. Undefined: something else does. */
  readyMs: number | undefined;
  /** Memory had no room for it when it was looked for last; looked for again when some comes free. */
  isShort: boolean;
  go(turn: Turn): void;
  fail(error: unknown): void;
}

/** What faults have made of a feed. */
interface FeedState {
  isNarrow: boolean;
  notBeforeMs: number;
  /** The newest request when it was last held: those up to it, maybe under way for minutes, are not waited for. */
  heldAt: number;
  /** Under way, of those after it. */
  underWay: number;
}

/** One feed's side of the scheduler. */
export interface FeedRequests {
  /**
   * Resolves when a request may be sent, which it then must be at once.
   * @throws the signal's reason when it fires first.
   */
  next(wish: Wish, signal: AbortSignal): Promise<Turn>;
  /** A good answer; `ms`: how long it took. */
  good(turn: Turn, ms: number): void;
  /** The event of the cursor is not known: an answer as quick as others, which says nothing else. */
  answered(turn: Turn, ms: number): void;
  /** A fault: the feed asks nothing for `waitMs`, and then one at a time. */
  fault(waitMs: number): void;
  /**
   * A 429: both feeds ask nothing for `waitMs`, which is what the answer asks for (0: it names no wait, and only the feed that
   * asked backs off, by `fault`), and backfill fewer at once.
   */
  tooMany(turn: Turn, waitMs: number): void;
}

export class RequestScheduler {
  /** Rings when more requests of backfill may be under way than before. */
  readonly raised: Signal = new Signal();
  readonly #runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>;
  readonly #rate: RateLimit;
  readonly #budget: ByteBudget;
  /** Set while somebody waits for memory: of a thousand sources only those are told that some came free. */
  #endListening: (() => void) | undefined;
  readonly #concurrency = new ConcurrencyLimit();
  #waiting: readonly Waiter[] = [];
  #sent = 0;
  #backfillUnderWay = 0;
  #timer: AbortController | undefined;
  #wakeMs = Number.POSITIVE_INFINITY;

  /** @param budget of all sources together; absent: one of its own. */
  constructor(
    runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>,
    requestsPerSecond: number,
    budget: ByteBudget = new ByteBudget(),
  ) {
    this.#runtime = runtime;
    this.#rate = new RateLimit(requestsPerSecond);
    this.#budget = budget;
  }

  get budget(): ByteBudget {
    return this.#budget;
  }

  /** Nobody will ask any more. */
  close(): void {
    this.#endListening?.();
  }

  /** How many requests of backfill may be under way at once. */
  get backfillLimit(): number {
    return this.#concurrency.value;
  }

  /** The newest request that was sent; 0: none. */
  get latest(): number {
    return this.#sent;
  }

  openFeed(): FeedRequests {
    const feed: FeedState = { isNarrow: false, notBeforeMs: Number.NEGATIVE_INFINITY, heldAt: 0, underWay: 0 };
    return {
      next: (wish, signal) => this.#next(feed, wish, signal),
      good: (turn, ms) => {
        if (turn.number > feed.heldAt) feed.isNarrow = false;
        this.#learn(turn, ms);
      },
      answered: (turn, ms) => this.#learn(turn, ms),
      fault: (waitMs) => this.#hold(feed, waitMs),
      tooMany: ({ number }, waitMs) => {
        this.#concurrency.refused({ number, latest: this.#sent });
        this.#rate.holdUntil(this.#runtime.elapsedMs() + waitMs);
      },
    };
  }

  async #next(feed: FeedState, wish: Wish, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    return new Promise<Turn>((resolve, reject) => {
      const giveUp = (): void => {
        this.#leave(waiter);
        this.#dispatch();
        reject(signal.reason);
      };
      const leaving = (): void => signal.removeEventListener('abort', giveUp);
      const waiter: Waiter = {
        ...wish,
        feed,
        readyMs: undefined,
        isShort: false,
        go: (turn) => {
          leaving();
          resolve(turn);
        },
        fail: (error) => {
          leaving();
          reject(error);
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting = [...this.#waiting, waiter];
      this.#dispatch();
    });
  }

  #leave(waiter: Waiter): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
  }

  /** Lets go who may go now, and sets a timer for the next. */
  #dispatch(): void {
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      this.#leave(first.waiter);
      first.waiter.go(this.#send(first.waiter, first.share));
    }
    this.#arm();
  }

  /** The first of those that may go now for which memory has room. */
  #first(): { readonly waiter: Waiter; readonly share: Share } | undefined {
    for (;;) {
      const [waiter] = this.#inTurn();
      if (waiter === undefined) return undefined;
      const share = waiter.holding.take(waiter.bytes);
      if (share !== undefined) return { waiter, share };
      waiter.isShort = true;
      this.#endListening ??= this.#budget.onFreed(() => this.#freed());
    }
  }

  /** Listens on, under the same name, while anybody is short: the budget knows by it whose turn is next. */
  #freed(): void {
    for (const waiter of this.#waiting) waiter.isShort = false;
    this.#dispatch();
    if (this.#waiting.some(({ isShort }) => isShort)) return;
    this.close();
    this.#endListening = undefined;
  }

  /** Of those that may go now, who has waited too long, then by the order of purposes; among equals, who came first. */
  #inTurn(): readonly Waiter[] {
    this.#markReady();
    const now = this.#runtime.elapsedMs();
    const open = this.#waiting.filter(
      ({ purpose, readyMs }) => readyMs !== undefined && this.#rate.opensAt(purpose) <= now,
    );
    const overdue = open.find(({ purpose, readyMs = now }) => this.#rate.isOverdue(purpose, readyMs, now));
    const inOrder = open.toSorted((a, b) => ORDER.indexOf(a.purpose) - ORDER.indexOf(b.purpose));
    return overdue === undefined ? inOrder : [overdue, ...inOrder.filter((waiter) => waiter !== overdue)];
  }

  /**
   * Whom nothing but the rate keeps back: places for backfill go to who came first, and so does a feed's one question after a
   * fault. Who is short of memory takes neither: the one that could go and give some back may come behind it.
   */
  #markReady(): void {
    const now = this.#runtime.elapsedMs();
    let places = this.#concurrency.value - this.#backfillUnderWay;
    const asking = new Set<FeedState>();
    for (const waiter of this.#waiting) {
      const { feed, purpose, isShort } = waiter;
      const isHeld = feed.isNarrow && (feed.underWay > 0 || asking.has(feed) || now < feed.notBeforeMs);
      if (isShort || isHeld || (purpose === 'backfill' && places <= 0)) {
        waiter.readyMs = undefined;
        continue;
      }
      asking.add(feed);
      if (purpose === 'backfill') places -= 1;
      waiter.readyMs ??= now;
    }
  }

  #send({ feed, purpose, readyMs }: Waiter, share: Share): Turn {
    const now = this.#runtime.elapsedMs();
    this.#rate.spend(purpose, now);
    this.#sent += 1;
    feed.underWay += 1;
    if (purpose === 'backfill') this.#backfillUnderWay += 1;
    const number = this.#sent;
    const end = (): void => {
      if (number > feed.heldAt) feed.underWay -= 1;
      if (purpose === 'backfill') this.#backfillUnderWay -= 1;
      this.#dispatch();
    };
    return { number, purpose, waitedMs: now - (readyMs ?? now), share, end };
  }

  #learn({ number, purpose, waitedMs }: Turn, ms: number): void {
    if (purpose !== 'backfill') return;
    const before = this.#concurrency.value;
    // Who was sent at once was kept back by nothing but the limit.
    const wasFull = waitedMs < this.#rate.spacingMs;
    this.#concurrency.answered({ number, latest: this.#sent, ms, wasFull });
    if (this.#concurrency.value > before) this.raised.notify();
  }

  #hold(feed: FeedState, waitMs: number): void {
    const untilMs = this.#runtime.elapsedMs() + waitMs;
    feed.notBeforeMs = feed.isNarrow ? Math.max(feed.notBeforeMs, untilMs) : untilMs;
    feed.isNarrow = true;
    feed.heldAt = this.#sent;
    feed.underWay = 0;
  }

  /** One timer: for whoever may go first by the clock alone. */
  #arm(): void {
    const nextMs = Math.min(...this.#waiting.map((waiter) => this.#opensAt(waiter)));
    if (nextMs === this.#wakeMs) return;
    this.#timer?.abort(new Error('another timer stands in'));
    this.#timer = undefined;
    this.#wakeMs = nextMs;
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const timer = new AbortController();
    this.#timer = timer;
    const ms = Math.max(0, Math.ceil(nextMs - this.#runtime.elapsedMs()));
    const wake = (): void => {
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      this.#wakeMs = Number.POSITIVE_INFINITY;
      this.#dispatch();
    };
    this.#runtime
      .sleep(ms, timer.signal)
      .then(wake)
      .catch((error: unknown) => {
        if (!timer.signal.aborted) this.#fail(error);
      });
  }

  /** Infinite: something must end first. */
  #opensAt({ feed, purpose, readyMs }: Waiter): number {
    if (readyMs !== undefined) return this.#rate.opensAt(purpose);
    const isTimed = feed.isNarrow && feed.underWay === 0 && feed.notBeforeMs > this.#runtime.elapsedMs();
    return isTimed ? feed.notBeforeMs : Number.POSITIVE_INFINITY;
  }

  /** A fault of ours: whoever waits is told, so that nobody waits for ever. */
  #fail(error: unknown): void {
    for (const waiter of this.#waiting) {
      this.#leave(waiter);
      waiter.fail(error);
    }
  }
}
