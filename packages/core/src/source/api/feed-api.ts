/**
 * One feed's way to the API: every request of its three loops goes through here, in this order:
 * scheduler, client, judgement, health. What comes out is a page or nothing.
 */
import type { Feed, Provenance } from '../../entry.ts';
import { isObject } from '../../event.ts';
import type { Span } from '../../journal/checkpoint.ts';
import { logIds } from '../../log-ids.ts';
import type { Runtime } from '../../runtime.ts';
import type { FeedHealth } from '../health/health.ts';
import { countFailure, type FeedTally } from '../health/tally.ts';
import { type ApiAnswer, type Evidence, type Fault, judge, type PageAnswer, serverSecondsOf } from './answer.ts';
import { HELD_PER_BYTE, type Holding } from './byte-budget.ts';
import type { Client, Reply } from './client.ts';
import type { Filters } from './filters.ts';
import { idIn } from './page.ts';
import { PageSizes } from './page-sizes.ts';
import { type Order, PAGE_EVENTS, type PageCursor, pagePath } from './query.ts';
import type { Purpose } from './rate-limit.ts';
import type { FeedRequests, RequestScheduler, Turn } from './request-scheduler.ts';
import type { ServerClock } from './server-clock.ts';

export interface FeedApiOptions {
  readonly provenance: Provenance;
  readonly filters: Filters;
  readonly runtime: Runtime;
  readonly client: Client;
  readonly scheduler: RequestScheduler;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  onRefused(): void;
  /** Keeps what could not be read, for a human. */
  keepEvidence(evidence: Evidence): void;
}

export interface Question {
  readonly window: Span;
  /** Absent: the feed that asks. */
  readonly feed?: Feed;
  /** Absent: the first page. */
  readonly cursor: PageCursor | undefined;
  /** Absent: those of the configuration. */
  readonly filters?: Filters;
  readonly purpose: Purpose;
  /** How many records at most, 1 to 100; default 100. */
  readonly limit?: number;
  /** For the older dialect. */
  readonly order?: Order;
  /** The event of the cursor may have left the log: a refusal of it is an answer and no fault. */
  readonly mayBeLost?: true;
  /** Nobody will ask for a smaller page: one that does not come whole is a fault. */
  readonly isSmallest?: true;
  /**
   * Who holds the page until it is committed or dropped. Absent: it is dropped as soon as it is there, which nobody may ask
   * for who holds another page meanwhile: each could wait for the other.
   */
  readonly holding?: Holding;
}

/**
 * `lost`: the API does not know the event after which the page was to begin. `too_large`, `too_slow`: the server is
 * there, but a page of so many records does not come whole; a smaller one may. `over_share`: memory has no room for a
 * page of so many records; a smaller one comes, as there is room for any that has a single one.
 */
export type AskedPage = PageAnswer | Unfit | 'lost' | undefined;

export type Unfit = 'too_large' | 'too_slow' | 'over_share';

/** An answer whose head came and whose body did not. */
interface UnfitAnswer {
  readonly kind: 'unfit';
  readonly cause: Unfit;
  /** For counters. */
  readonly failure: string;
}

/** Of memory, for the body of one answer. */
interface Room {
  /** So many bytes had come when there was none. */
  exceeded: number | undefined;
  readonly mayTake: (bytes: number) => boolean;
}

export class FeedApi {
  readonly #options: FeedApiOptions;
  readonly #requests: FeedRequests;
  readonly #sizes = new PageSizes();

  constructor(options: FeedApiOptions) {
    this.#options = options;
    this.#requests = options.scheduler.openFeed();
  }

  /**
   * Asks once. Undefined: a fault, which health has noted; the next question waits as long as it
   * must, so a caller may ask again at once.
   * @throws the signal's reason when it fires first.
   */
  async ask(question: Question, signal: AbortSignal): Promise<PageAnswer | undefined> {
    const answer = await this.askAfter({ ...question, isSmallest: true }, signal);
    return isPage(answer) ? answer : undefined;
  }

  /**
   * As `ask`, for a question that may be `lost`, and whose page may be asked for in smaller parts.
   * @throws the signal's reason when it fires first.
   */
  async askAfter(question: Question, signal: AbortSignal): Promise<AskedPage> {
    const { purpose, limit = PAGE_EVENTS } = question;
    const holding = question.holding ?? this.hold(purpose);
    const bytes = HELD_PER_BYTE * this.#sizes.expected(purpose, limit);
    try {
      const turn = await this.#requests.next({ purpose, holding, bytes }, signal);
      try {
        return await this.#askNow(question, turn, signal);
      } finally {
        // Without a page there is nothing to hold.
        if (!turn.share.hasCome) turn.share.release();
        turn.end();
      }
    } finally {
      if (question.holding === undefined) holding.release();
    }
  }

  /** For one walk's pages; it must be released at the walk's end. */
  hold(purpose: Purpose): Holding {
    return this.#options.scheduler.budget.hold(purpose === 'live' ? 'live' : 'unhurried');
  }

  /** Of how many records, as they are known to be, a page has no more than its share of memory: 1 to 100. */
  get fitting(): number {
    return this.#sizes.fitting(this.#options.scheduler.budget.pageBytes);
  }

  async #askNow(question: Question, turn: Turn, signal: AbortSignal): Promise<AskedPage> {
    const { runtime } = this.#options;
    const sentMs = runtime.elapsedMs();
    const answer = await this.#request(question, { sentMs, turn }, signal);
    const ms = runtime.elapsedMs() - sentMs;
    if (answer.kind === 'unfit') return this.#unfit(answer);
    if (question.mayBeLost === true && isLost(answer)) {
      this.#requests.answered(turn, ms);
      return this.#lost(answer);
    }
    return answer.kind === 'page' ? this.#good(answer, turn, ms) : this.#fault(answer, turn);
  }

  /** What comes out has the time that its `Date` is worth. */
  async #request(
    question: Question,
    { sentMs, turn }: { readonly sentMs: number; readonly turn: Turn },
    signal: AbortSignal,
  ): Promise<ApiAnswer | UnfitAnswer> {
    const { client, provenance, filters, runtime, tally, clock } = this.#options;
    const { feed, dialect } = provenance;
    tally.requests += 1;
    const room = this.#roomFor(question, turn);
    const reply = await client.get(pagePath({ feed, filters, ...question }, dialect), signal, room.mayTake);
    const receivedMs = runtime.now();
    const answer = judge(reply, { feed, dialect, receivedMs });
    const serverSeconds = serverSecondsOf(reply, receivedMs);
    if (answer.kind === 'page') {
      this.#weigh(question, { reply, answer, turn });
      if (serverSeconds === undefined) clock.noteUndated();
      const known =
        serverSeconds === undefined ? answer : { ...answer, serverSeconds: clock.note(serverSeconds, sentMs) };
      return { ...known, nowSeconds: clock.saidSeconds() };
    }
    if (serverSeconds !== undefined) clock.confirm(serverSeconds, sentMs);
    if (room.exceeded !== undefined) return { kind: 'unfit', failure: 'page_over_share', cause: 'over_share' };
    return (question.isSmallest === true ? undefined : unfitIn(reply)) ?? answer;
  }

  /** Whether memory has room for what comes. A single record has, and so has what nobody will ask for in a smaller page. */
  #roomFor({ purpose, limit = PAGE_EVENTS, isSmallest }: Question, { share }: Turn): Room {
    const { pageBytes } = this.#options.scheduler.budget;
    const isWanted = isSmallest === true || limit === 1;
    const room: Room = {
      exceeded: undefined,
      mayTake: (bytes) => {
        const hasRoom = (isWanted || bytes <= pageBytes) && share.grow(HELD_PER_BYTE * bytes);
        if (hasRoom || isWanted) return true;
        room.exceeded = bytes;
        this.#sizes.exceeded(purpose, { bytes, limit });
        return false;
      },
    };
    return room;
  }

  #weigh(
    { purpose }: Question,
    { reply, answer, turn }: { readonly reply: Reply; readonly answer: PageAnswer; readonly turn: Turn },
  ): void {
    const bytes = reply.kind === 'response' ? reply.body.length : 0;
    turn.share.came(HELD_PER_BYTE * bytes);
    this.#sizes.came(purpose, { bytes, records: answer.page.records.length });
  }

  /** No fault of the server as a whole: nobody else waits because of it. */
  #unfit({ cause, failure }: UnfitAnswer): Unfit {
    countFailure(this.#options.tally, failure);
    return cause;
  }

  #lost({ failure }: Fault): 'lost' {
    countFailure(this.#options.tally, failure);
    return 'lost';
  }

  #good(answer: PageAnswer, turn: Turn, ms: number): PageAnswer {
    const { provenance, health, tally, runtime } = this.#options;
    const { source, feed } = provenance;
    health.good(turn.number);
    this.#requests.good(turn, ms);
    tally.lastAnswerMs = answer.receivedMs;
    const { records, hasMore } = answer.page;
    const ids = logIds(() => records.map(({ value }) => (isObject(value) ? (idIn(value['id']) ?? '') : '')));
    const fields = { source, feed, records: records.length, has_more: hasMore, ids };
    runtime.log('debug', 'PAGE_READ', 'a page was read', fields);
    return answer;
  }

  #fault(fault: Fault, turn: Turn): undefined {
    const { health, tally, scheduler, onRefused, keepEvidence } = this.#options;
    countFailure(tally, fault.failure);
    this.#requests.fault(health.fault(fault, { number: turn.number, latest: scheduler.latest }));
    if (fault.failure === 'http_401' || fault.failure === 'http_403') onRefused();
    if (fault.failure === 'http_429') this.#requests.tooMany(turn, fault.waitMs ?? 0);
    if (fault.evidence !== undefined) keepEvidence(fault.evidence);
    return undefined;
  }
}

export function isPage(answer: AskedPage): answer is PageAnswer {
  return typeof answer === 'object';
}

export function isUnfit(answer: AskedPage | boolean): answer is Unfit {
  return answer === 'too_large' || answer === 'too_slow' || answer === 'over_share';
}

function unfitIn(reply: Reply): UnfitAnswer | undefined {
  if (reply.kind !== 'none' || reply.hasBegun !== true) return undefined;
  const { failure } = reply;
  if (failure === 'too_large') return { kind: 'unfit', failure, cause: 'too_large' };
  return failure === 'timeout' ? { kind: 'unfit', failure, cause: 'too_slow' } : undefined;
}

function isLost(answer: ApiAnswer): answer is Fault {
  return answer.kind !== 'page' && /^http_40[04]$/.test(answer.failure);
}
