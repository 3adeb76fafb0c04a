/**
 * Every event there is, whether it is visible yet or not, in the order in which the API lists it.
 * Columns instead of objects: an event costs some 50 bytes here, plus its record if it came from outside.
 */
import { type Feed, feedOf } from './feed.ts';
import type { EventGenerator } from './generator/generator.ts';
import { mix32 } from './generator/random.ts';
import type { GivenRecord } from './record.ts';
import { countWhile, mergeInto } from './sorted.ts';

/** An event's number: the order in which the store got to know it. */
export type EventNumber = number;

/** When an event happened and from when on it is shown. */
export interface Moment {
  /** Seconds since the epoch. */
  readonly effectiveAt: number;
  /** Milliseconds since the epoch. */
  readonly visibleAtMs: number;
}

/** A record from outside with its moment. */
export interface Given extends Moment {
  readonly record: GivenRecord;
  /** Absent: by its type. */
  readonly feed?: Feed;
}

/** A place between events: what a cursor or a time means. */
export interface ListPosition {
  readonly effectiveAt: number;
  readonly tie: number;
}

/** Grows only: audit logs are not taken away, and changed only where an event is told otherwise at first. */
export class EventStore {
  readonly #generator: EventGenerator;
  readonly #effectiveAt: number[] = [];
  readonly #visibleAtMs: number[] = [];
  /** From when on another telling of an event stands in place of this one, in milliseconds, and that one's number. */
  readonly #replaced: Map<EventNumber, { readonly atMs: number; readonly by: EventNumber }> = new Map();
  /** Decides between events of one second: scattered, so unrelated to id and arrival, but the same for copies of one id. */
  readonly #tie: number[] = [];
  readonly #type: string[] = [];
  /** Undefined: the generator makes it when it is asked for. */
  readonly #given: (GivenRecord | undefined)[] = [];
  readonly #numberOfGiven: Map<string, EventNumber> = new Map();
  readonly #order: Readonly<Record<Feed, EventNumber[]>> = { organization: [], tenant: [] };

  constructor(generator: EventGenerator) {
    this.#generator = generator;
  }

  /** How many events there are: the number that the next one gets. */
  get size(): number {
    return this.#tie.length;
  }

  /** Adds one generated event for each moment. */
  addGenerated(moments: readonly Moment[]): void {
    this.#place(
      moments.map((moment) => {
        const number = this.size;
        return this.#append({ ...moment, tieOf: number, type: this.#generator.type(number), given: undefined });
      }),
    );
  }

  /** Adds records from outside. Of copies with one id the first is the one that a cursor finds. */
  addGiven(records: readonly Given[]): void {
    const feeds = new Map<EventNumber, Feed>();
    const numbers = records.map(({ record, feed, effectiveAt, visibleAtMs }) => {
      const number = this.size;
      if (feed !== undefined) feeds.set(number, feed);
      if (record.id !== undefined && !this.#numberOfGiven.has(record.id)) this.#numberOfGiven.set(record.id, number);
      const tieOf = record.id === undefined ? number : (this.#numberOfGiven.get(record.id) ?? number);
      return this.#append({ effectiveAt, visibleAtMs, tieOf, type: record.type, given: record });
    });
    this.#place(numbers, feeds);
  }

  /** Each is told otherwise up to the moment from which it is shown: `first` from its own moment on. */
  addTwoTellings(events: readonly { readonly first: Given; readonly final: Given }[]): void {
    const before = this.size;
    this.addGiven(events.flatMap(({ first, final }) => [first, final]));
    for (const [index, { final }] of events.entries()) {
      this.#replaced.set(before + 2 * index, { atMs: final.visibleAtMs, by: before + 2 * index + 1 });
    }
  }

  isShown(number: EventNumber, nowMs: number): boolean {
    return this.visibleAtMs(number) <= nowMs && nowMs < (this.#replaced.get(number)?.atMs ?? Number.POSITIVE_INFINITY);
  }

  /** Where an event stood that was told otherwise at first, in seconds. */
  firstAt(number: EventNumber): number | undefined {
    return this.#replaced.get(number - 1)?.by === number ? this.effectiveAt(number - 1) : undefined;
  }

  /** Whether this is how an event is told at first, and not how it is told in the end. */
  isFirstTelling(number: EventNumber): boolean {
    return this.#replaced.has(number);
  }

  /** A feed's events, oldest first. */
  feed(feed: Feed): readonly EventNumber[] {
    return this.#order[feed];
  }

  effectiveAt(number: EventNumber): number {
    return this.#effectiveAt[number] ?? Number.NaN;
  }

  visibleAtMs(number: EventNumber): number {
    return this.#visibleAtMs[number] ?? Number.NaN;
  }

  type(number: EventNumber): string {
    return this.#type[number] ?? '';
  }

  id(number: EventNumber): string | undefined {
    const given = this.#given[number];
    return given === undefined ? this.#generator.id(number) : given.id;
  }

  /** The bytes that stand in `data`. */
  record(number: EventNumber): Buffer {
    return this.#given[number]?.raw ?? this.#generator.record(number, this.effectiveAt(number));
  }

  /** The event with this id, as it is told by then; undefined when no feed has one. */
  numberOf(id: string, nowMs: number): EventNumber | undefined {
    const given = this.#numberOfGiven.get(id);
    const replaced = given === undefined ? undefined : this.#replaced.get(given);
    if (replaced !== undefined && replaced.atMs <= nowMs) return replaced.by;
    if (given !== undefined) return given;
    const number = this.#generator.numberOf(id);
    return number !== undefined && number < this.size && this.#given[number] === undefined ? number : undefined;
  }

  /** Where an event stands among those of its feed; copies of one id in one second stand in one place. */
  placeOf(number: EventNumber): ListPosition {
    return { effectiveAt: this.effectiveAt(number), tie: this.#tie[number] ?? 0 };
  }

  /** How many events of a feed stand before `place`, oldest first; with `including`, those at it too. */
  countBefore(feed: Feed, place: ListPosition, including = false): number {
    return countWhile(this.#order[feed], (number) => {
      const distance = comparePlaces(this.placeOf(number), place);
      return including ? distance <= 0 : distance < 0;
    });
  }

  #append(
    event: Moment & { readonly tieOf: EventNumber; readonly type: string; readonly given: GivenRecord | undefined },
  ): EventNumber {
    this.#effectiveAt.push(event.effectiveAt);
    this.#visibleAtMs.push(event.visibleAtMs);
    this.#type.push(event.type);
    this.#given.push(event.given);
    return this.#tie.push(mix32(event.tieOf)) - 1;
  }

  #place(numbers: readonly EventNumber[], feeds?: ReadonlyMap<EventNumber, Feed>): void {
    const compare = (left: EventNumber, right: EventNumber): number => this.#compare(left, right);
    const batches: Record<Feed, EventNumber[]> = { organization: [], tenant: [] };
    for (const number of numbers) batches[feeds?.get(number) ?? feedOf(this.type(number))].push(number);
    mergeInto(this.#order.organization, batches.organization.sort(compare), compare);
    mergeInto(this.#order.tenant, batches.tenant.sort(compare), compare);
  }

  #compare(left: EventNumber, right: EventNumber): number {
    return this.effectiveAt(left) - this.effectiveAt(right) || (this.#tie[left] ?? 0) - (this.#tie[right] ?? 0);
  }
}

function comparePlaces(left: ListPosition, right: ListPosition): number {
  return left.effectiveAt - right.effectiveAt || left.tie - right.tie;
}
