/**
 * The organization's audit log as time passes: what happened before the start, what happens while the
 * clock moves, what a caller adds, and the truth about all of it, apart from any answer that was given.
 */
import { type Feed, feedOf, feeds } from './feed.ts';
import { EventGenerator } from './generator/generator.ts';
import { Random } from './generator/random.ts';
import { type Backfill, delayMs, type Lateness } from './lateness.ts';
import { logId } from './organization-logs.ts';
import { findPage, findVisible, type Page } from './page.ts';
import type { Query } from './query.ts';
import { type GivenRecord, givenRecord } from './record.ts';
import { EventStore, type Given, type Moment } from './store.ts';

/** What an audit log begins with. */
export interface AuditLogOptions {
  readonly seed: number;
  /** Generated events in the time before the start. */
  readonly events: number;
  /** Milliseconds: how long before the start the first of them happened. */
  readonly spanMs: number;
  /** Events per second that happen from the start on. */
  readonly rate: number;
  readonly late: Lateness;
  /** Absent: none. */
  readonly backfill?: Backfill;
  readonly records: readonly GivenRecord[];
  /** Milliseconds since the epoch; its first answer is the start. */
  readonly now: () => number;
}

/** An event that a caller adds while the simulator runs. */
export interface NewEvent {
  /** The record, or its JSON text, which is then served byte for byte. */
  readonly record: object | string;
  /** Seconds after its own time (or after now, when that is later) from which it is shown; absent: at once. */
  readonly late_by_s?: number;
  /** Absent: by its type. */
  readonly feed?: Feed;
  /**
   * Told otherwise at first: so for `for_s` seconds from now on, in the place that this record's own time gives it, and
   * then as `record` says. `late_by_s` is then without effect.
   */
  readonly first?: { readonly record: object; readonly for_s: number };
}

/** What a collector should have in the end, one row for each event that has happened. */
export interface TruthRow {
  /** Null for a record without one. */
  readonly id: string | null;
  readonly feed: Feed;
  /** Seconds since the epoch, as in the record; the time of adding for a record without a time there. */
  readonly effectiveAt: number;
  /** Milliseconds since the epoch. Of an event that is told otherwise at first: when it was told as in the end. */
  readonly visibleAtMs: number;
  /** Seconds since the epoch: where an event stood that was told otherwise at first. */
  readonly firstAt?: number;
}

/** In whose words ids are told: the API's, or those of the older dialect, which knows the organization's feed alone. */
export type Dialect = 'audit_logs' | 'organization_logs';

const momentStream = 4;
const arrivalStream = 8;
/** Events that arrive during a walk are generated from here on: no other event ever has such a number. */
const firstArrival = 2 ** 31;
/** Seconds around a cursor. */
const arrivalSpreadS = 60;
const noBackfill: Backfill = { share: 0, maxS: 0 };

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #generator: EventGenerator;
  readonly #store: EventStore;
  readonly #startMs: number;
  /** How many events have happened live. */
  #live = 0;
  /** How many numbers for events that arrive during a walk are used up. */
  #arrivals = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#generator = new EventGenerator(options.seed);
    this.#store = new EventStore(this.#generator);
    this.#startMs = options.now();
    this.#addPast();
    this.#store.addGiven(options.records.map((record) => ({ record, ...shownAtOnce(record, this.#startMs) })));
  }

  /** Events that have happened by now, those that are not shown yet among them. */
  counts(): Readonly<Record<Feed, number>> {
    this.#advance();
    return { organization: this.#store.feed('organization').length, tenant: this.#store.feed('tenant').length };
  }

  /** @throws ApiError (400) for a cursor that names no visible event of the feed. */
  page(query: Query, order: 'desc' | 'asc'): Page {
    const nowMs = this.#advance();
    return findPage(this.#store, query, { order, nowMs });
  }

  /** The bytes of an event that `page` named. */
  record(number: number): Buffer {
    return this.#store.record(number);
  }

  /** The id of an event that `page` named. */
  id(number: number): string | undefined {
    return this.#store.id(number);
  }

  /** From when on an event that `page` named is shown, in milliseconds since the epoch. */
  visibleAtMs(number: number): number {
    return this.#store.visibleAtMs(number);
  }

  /** The type of an event that `page` named; empty for a record without one. */
  type(number: number): string {
    return this.#store.type(number);
  }

  /** The event with this id, if the feed shows it by now. */
  find(id: string, feed: Feed): number | undefined {
    return findVisible(this.#store, id, { feed, nowMs: this.#advance() });
  }

  /**
   * Lets `count` events of the feed become known now that happened up to a minute before or after the
   * cursor's event, by turns: a walk that has passed the cursor meets the older ones only.
   */
  arriveNear(cursor: string, feed: Feed, count: number): void {
    if (count === 0) return;
    const nowMs = this.#advance();
    const near = this.#store.numberOf(cursor, nowMs);
    if (near === undefined) return;
    const arrived = Array.from({ length: count }, (_, index) => {
      const number = this.#nextArrival(feed);
      const distanceS = 1 + new Random(this.#options.seed, arrivalStream, number).below(arrivalSpreadS);
      const asked = this.#store.effectiveAt(near) + (index % 2 === 0 ? distanceS : -distanceS);
      const effectiveAt = Math.min(asked, Math.floor(nowMs / 1000));
      const record = givenRecord(this.#generator.record(number, effectiveAt));
      return { record, effectiveAt, visibleAtMs: nowMs };
    });
    this.#store.addGiven(arrived);
  }

  #nextArrival(feed: Feed): number {
    for (;;) {
      const number = firstArrival + this.#arrivals;
      this.#arrivals += 1;
      if (feedOf(this.#generator.type(number)) === feed) return number;
    }
  }

  /** @throws SyntaxError when a record's text is no JSON; then none is added. */
  add(events: readonly NewEvent[]): void {
    const nowMs = this.#advance();
    const given = events.filter(({ first }) => first === undefined).map((event) => givenEvent(event, nowMs));
    const twice = events.flatMap(({ first, ...event }) => {
      if (first === undefined) return [];
      const visibleAtMs = nowMs + first.for_s * 1000;
      const feed = event.feed === undefined ? {} : { feed: event.feed };
      return [
        {
          first: givenEvent({ record: first.record, ...feed }, nowMs),
          final: { ...givenEvent(event, nowMs), visibleAtMs },
        },
      ];
    });
    this.#store.addGiven(given);
    this.#store.addTwoTellings(twice);
  }

  /** Every event, feed by feed, oldest first; copies of one id each have their row. */
  *truth(dialect: Dialect = 'audit_logs'): Generator<TruthRow, void, undefined> {
    this.#advance();
    const isOlder = dialect === 'organization_logs';
    for (const feed of isOlder ? (['organization'] as const) : feeds) {
      // A copy: events that arrive while a caller reads would shift the list below it.
      for (const number of this.#store.feed(feed).slice()) {
        if (this.#store.isFirstTelling(number)) continue;
        const { effectiveAt } = this.#store.placeOf(number);
        const firstAt = this.#store.firstAt(number);
        const eventId = this.#store.id(number);
        const id = eventId !== undefined && isOlder ? logId(eventId, this.#store.type(number)) : eventId;
        const row = { id: id ?? null, feed, effectiveAt, visibleAtMs: this.#store.visibleAtMs(number) };
        yield firstAt === undefined ? row : { ...row, firstAt };
      }
    }
  }

  /** Each event in its own slot of the span, so that they are in order without being sorted. */
  #addPast(): void {
    const { seed, events, spanMs } = this.#options;
    const moments: Moment[] = [];
    for (let number = 0; number < events; number += 1) {
      const slot = number + new Random(seed, momentStream, number).next();
      moments.push(this.#moment(number, this.#startMs - spanMs + (slot / events) * spanMs));
    }
    this.#store.addGenerated(moments);
  }

  /** Lets happen what has happened by now, and says what now is. */
  #advance(): number {
    const { seed, rate, now } = this.#options;
    const nowMs = now();
    if (rate === 0) return nowMs;
    const moments: Moment[] = [];
    for (;;) {
      const slot = this.#live + new Random(seed, momentStream, this.#live).next();
      const happenedMs = this.#startMs + (slot / rate) * 1000;
      if (happenedMs > nowMs) break;
      moments.push(this.#moment(this.#store.size + moments.length, happenedMs));
      this.#live += 1;
    }
    this.#store.addGenerated(moments);
    return nowMs;
  }

  #moment(number: number, happenedMs: number): Moment {
    const { seed, late, backfill = noBackfill } = this.#options;
    const visibleAtMs = Math.floor(happenedMs) + delayMs(seed, number, { late, backfill });
    return { effectiveAt: Math.floor(happenedMs / 1000), visibleAtMs };
  }
}

function givenEvent({ record: value, late_by_s = 0, feed }: Omit<NewEvent, 'first'>, nowMs: number): Given {
  const record = givenRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  const { effectiveAt } = shownAtOnce(record, nowMs);
  const visibleAtMs = late_by_s === 0 ? nowMs : Math.max(nowMs, effectiveAt * 1000) + late_by_s * 1000;
  return { record, effectiveAt, visibleAtMs, ...(feed === undefined ? {} : { feed }) };
}

/** A record from outside is there from the start: it was visible since its own time, or since now when that is earlier. */
function shownAtOnce(record: GivenRecord, nowMs: number): Moment {
  const effectiveAt = record.effectiveAt ?? Math.floor(nowMs / 1000);
  return { effectiveAt, visibleAtMs: Math.min(nowMs, effectiveAt * 1000) };
}
