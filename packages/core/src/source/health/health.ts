/**
 * How a feed is doing: which faults came in a row, how long to wait after each, and one line in the
 * log per change. Refusals and outages are told apart, because only people can mend the former.
 */
import type { Feed } from '../../entry.ts';
import type { Span } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import type { Fault } from '../api/answer.ts';
import type { Purpose } from '../api/rate-limit.ts';
import type { FeedCause } from './cause.ts';

/** False 401s happen: only so many refusals in a row pause a feed. */
const REFUSALS_TO_PAUSE = 3;
const PAUSED_WAIT_MS = 60_000;
/** A tenant feed that never answered: most organizations have no tenant. */
const RESTING_WAIT_MS = 900_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Of windows that are stuck so many are told apart. */
const MOST_PLACES = 16;

/** A walk that cannot end although every answer was good, or a commit that failed. */
export interface ReadFailure {
  readonly code:
    | 'CURSOR_LOOP'
    | 'CURSOR_MISSING'
    | 'CURSOR_REFUSED'
    | 'HAS_MORE_EMPTY'
    | 'LIST_CUT_SHORT'
    | 'LIST_END_UNSURE'
    | 'ORDER_IGNORED'
    | 'RECORD_TOO_LARGE'
    | 'RECORD_TOO_SLOW'
    | 'SOURCE_OTHER_LOG'
    | 'TENANT_ONLY_IGNORED'
    | 'WINDOW_IGNORED'
    | 'JOURNAL_COMMIT_FAILED';
  readonly problem: string;
  /** Of the answer that was one too many. */
  readonly requestId?: string;
}

interface Stuck extends ReadFailure {
  readonly purpose: Purpose;
  /** Where the window begins. */
  readonly from: number;
  /** In a row. */
  readonly times: number;
}

/** The same key may read the other feed: it is no matter of the key. */
function restingBecause({ failure }: Fault): string {
  const status = failure.replace('http_', '');
  return `the API refuses the tenant’s feed (${status}), as where an organization has no tenant, or the key may not read it: it is asked again every ${RESTING_WAIT_MS / 60_000} minutes; without a tenant, \`feeds: [organization]\` ends this`;
}

export interface HealthOptions {
  readonly source: string;
  readonly feed: Feed;
  readonly runtime: Runtime;
  /** Whether a page has ever come for this feed, in this process or before. */
  everAnswered(): boolean;
}

/** The request that a fault is the answer to, and the newest that was sent by then; by the scheduler's numbers. */
export interface SentRequest {
  readonly number: number;
  readonly latest: number;
}

export class FeedHealth {
  readonly #options: HealthOptions;
  readonly #readFailures = new Map<string, Stuck>();
  #countedUpTo = 0;
  #faults = 0;
  #refusals = 0;
  #said: string | undefined;
  #problem: string | undefined;
  #cause: FeedCause | undefined;
  #problemSinceMs: number | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** One good answer ends whatever was, unless it was asked for before the trouble began. */
  good(number: number): void {
    if (number <= this.#countedUpTo) return;
    this.#faults = 0;
    this.#refusals = 0;
    this.#problem = undefined;
    this.#noteSince();
    if (this.#said === undefined) return;
    this.#said = undefined;
    this.#log('info', { code: 'SOURCE_RECOVERED', problem: 'the API answers again' });
  }

  /**
   * How long to leave the server alone, in milliseconds. Requests that were on their way together
   * when the trouble began count once: else three loops would make three in a row of it. But of the waits
   * that they are asked for the longest is kept.
   */
  fault(fault: Fault, { number, latest }: SentRequest): number {
    if (number <= this.#countedUpTo) return fault.kind === 'retry' ? (fault.waitMs ?? 0) : 0;
    this.#countedUpTo = latest;
    this.#faults += 1;
    if (fault.kind === 'refused') this.#refusals += 1;
    // In a row means in a row; but what has paused the feed is ended by a page alone.
    else if (!this.#isRefused) this.#refusals = 0;
    const waitMs = fault.kind === 'refused' ? this.#refusedWaitMs() : (fault.waitMs ?? this.#backoffMs(this.#faults));
    const problem = this.#isResting ? restingBecause(fault) : `${fault.problem}${this.#until(fault.waitMs)}`;
    this.#problem = problem;
    this.#cause = fault.cause;
    this.#noteSince();
    this.#say({ ...fault, problem }, waitMs);
    return waitMs;
  }

  /** A walk or a commit of `window` got stuck; gives the wait before it is tried again, in milliseconds. */
  readFailed(purpose: Purpose, readFailure: ReadFailure, window: Pick<Span, 'from'>): number {
    const place = this.#placeOf(purpose, window);
    const before = this.#readFailures.get(place);
    const times = before?.code === readFailure.code ? before.times + 1 : 1;
    // Three loops meet the same server: what one of them has said the others need not.
    if (!this.#hasReadFailure(readFailure.code)) {
      const request = readFailure.requestId === undefined ? {} : { request_id: readFailure.requestId };
      this.#log('warn', readFailure, { purpose, ...request });
    }
    this.#readFailures.set(place, { ...readFailure, times, purpose, from: window.from });
    this.#noteSince();
    return this.#backoffMs(times);
  }

  /** This window was committed; without one, nothing of this purpose is left to be read. */
  readAgain(purpose: Purpose, window?: Span): void {
    for (const [place, readFailure] of this.#readFailures) {
      const isElsewhere = window !== undefined && (readFailure.from < window.from || readFailure.from >= window.to);
      if (readFailure.purpose !== purpose || (purpose === 'backfill' && isElsewhere)) continue;
      this.#readFailures.delete(place);
      this.#noteSince();
      if (this.#hasReadFailure(readFailure.code)) continue;
      const problem = 'windows are read to their end again';
      this.#log('info', { code: 'SOURCE_RECOVERED', problem }, { was: readFailure.code });
    }
  }

  get state(): 'ok' | 'retrying' | 'paused' {
    if (this.isPaused) return 'paused';
    return this.problem === undefined ? 'ok' : 'retrying';
  }

  /** Only a person can mend it. */
  get isPaused(): boolean {
    return this.#isRefused || this.#hasReadFailure('SOURCE_OTHER_LOG');
  }

  get #isRefused(): boolean {
    return this.#refusals >= REFUSALS_TO_PAUSE;
  }

  get problem(): string | undefined {
    return this.#problem ?? this.#readFailures.values().next().value?.problem;
  }

  /** Why, in a word. */
  get cause(): FeedCause | undefined {
    if (this.#problem !== undefined) return this.#cause;
    const readFailure = this.#readFailures.values().next().value;
    if (readFailure === undefined) return undefined;
    return readFailure.code === 'SOURCE_OTHER_LOG' ? 'other_log' : 'window_stuck';
  }

  /** Since when there is a problem, in milliseconds since the epoch. */
  get problemSinceMs(): number | undefined {
    return this.#problemSinceMs;
  }

  #noteSince(): void {
    if (this.problem === undefined) this.#problemSinceMs = undefined;
    else this.#problemSinceMs ??= this.#options.runtime.now();
  }

  /**
   * Of backfill several windows are under way at once, and one that is read says nothing about the others.
   * Where many are stuck it is the server: they share a place, and the wait grows.
   */
  #placeOf(purpose: Purpose, { from }: Pick<Span, 'from'>): string {
    const own = `${purpose} ${from}`;
    const hasOwn = purpose === 'backfill' && (this.#readFailures.has(own) || this.#readFailures.size < MOST_PLACES);
    return hasOwn ? own : purpose;
  }

  #hasReadFailure(code: ReadFailure['code']): boolean {
    return [...this.#readFailures.values()].some((readFailure) => readFailure.code === code);
  }

  get #isResting(): boolean {
    return this.#isRefused && this.#options.feed === 'tenant' && !this.#options.everAnswered();
  }

  /** 1, 2, 4 seconds, then slowly. */
  #refusedWaitMs(): number {
    if (this.#refusals <= REFUSALS_TO_PAUSE) return FIRST_BACKOFF_MS * 2 ** (this.#refusals - 1);
    return this.#isResting ? RESTING_WAIT_MS : PAUSED_WAIT_MS;
  }

  /** Of a wait that the server asks for, when it is one that somebody may wonder about. */
  #until(waitMs = 0): string {
    if (waitMs < LONGEST_BACKOFF_MS) return '';
    return `; it asks to be left alone until ${new Date(this.#options.runtime.now() + waitMs).toISOString()}`;
  }

  /** Full jitter: anywhere between nothing and a bound that doubles. */
  #backoffMs(times: number): number {
    const bound = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(times - 1, 16));
    return Math.round(this.#options.runtime.random() * bound);
  }

  /** A line when the kind of trouble changes, not one for each fault. */
  #say(fault: Fault, waitMs: number): void {
    const code = this.#codeFor(fault);
    // Whoever mends a key that was wrong learns so that it lacks a right.
    const said = code === 'SOURCE_REFUSED' ? `${code} ${fault.cause}` : code;
    if (said === this.#said) return;
    this.#said = said;
    const fields = { failure: fault.failure, cause: fault.cause, wait_ms: waitMs, request_id: fault.requestId };
    this.#log('warn', { code, problem: fault.problem }, fields);
  }

  #codeFor(fault: Fault): string {
    if (fault.kind === 'unreadable') return 'UNREADABLE_PAGE';
    if (fault.kind !== 'refused' || !this.#isRefused) return 'SOURCE_RETRYING';
    return this.#isResting ? 'FEED_RESTING' : 'SOURCE_REFUSED';
  }

  #log(level: 'info' | 'warn', said: { readonly code: string; readonly problem: string }, fields: object = {}): void {
    const { source, feed, runtime } = this.#options;
    runtime.log(level, said.code, said.problem, { source, feed, ...fields });
  }
}
