/**
 * A lane of the core as the journal sees one, and all that ever becomes of a log of several partitions: random reads, sends,
 * saves, crashes and partitions that go to another owner, written down entry by entry.
 */
import type { Cursor, Entry, JournaledEntry, Position, StoredCursor } from '@audit-relay/core/journal';
import { decodeMetadata, encodeMetadata, MOST_METADATA } from '../metadata.ts';
import { LaneReading } from '../reading.ts';

export const WAYS = ['acked', 'dead_lettered', 'excluded.when'] as const;
export type Way = (typeof WAYS)[number];

export type Step =
  | { readonly kind: 'read'; readonly owner: number; readonly partition: number; readonly entries: number }
  /** Sends some of what it was given, first covering them. */
  | { readonly kind: 'send'; readonly owner: number; readonly picks: Picks; readonly step: number }
  /** The peer has answered some of what was sent. */
  | { readonly kind: 'settle'; readonly owner: number; readonly picks: Picks; readonly way: Way }
  | { readonly kind: 'save'; readonly owner: number }
  | { readonly kind: 'retract'; readonly owner: number }
  /** All owners end without a word; who has which partition from now on. */
  | { readonly kind: 'reassign'; readonly owners: readonly number[] };

/** Some of what was given last: so many, with so many less one left out between them. */
export interface Picks {
  readonly from: number;
  readonly count: number;
  readonly every: number;
}

/** Of one entry. */
interface Given extends JournaledEntry {
  readonly ordinal: number;
  readonly number: number;
  readonly of: number;
  isSent: boolean;
  way: Way | undefined;
}

/** What a crash leaves. */
export interface Durable {
  metadata: string;
}

export interface Faults {
  /** Characters that fit; fewer cut settled ranges off. */
  readonly most?: number;
}

const RANGES_SAVED = 64;

/** One process: numbers what it is given, knows up to where it is covered, and makes the cursor that it saves. */
class Owner {
  readonly reading: LaneReading;
  readonly given: Given[] = [];
  #reach = 0;

  constructor(found: ReadonlyMap<number, StoredCursor>) {
    this.reading = new LaneReading(found);
  }

  take(entries: readonly JournaledEntry[]): void {
    for (const entry of entries) {
      const ordinal = this.given.length + 1;
      const [of = 0, number = 0] = entry.position.split(':').map(Number);
      if (entry.withinReach) this.#reach = ordinal;
      this.given.push({ ...entry, ordinal, number, of, isSent: false, way: undefined });
    }
  }

  /** As the core's `Progress` covers what it sends. */
  isCovered(one: Given): boolean {
    return one.ordinal <= this.#reach;
  }

  cover(step: number): void {
    this.reading.extend(step);
    this.#reach = this.given.length + step;
  }

  /** As the core's `Settled` says it. */
  cursor(): Cursor {
    const settled = this.given.map(({ way }) => way !== undefined);
    const first = settled.indexOf(false);
    const upTo = first < 0 ? settled.length : first;
    const ranges: Given[][] = [];
    for (const one of this.given.slice(upTo)) {
      if (one.way === undefined) continue;
      const open = ranges.at(-1);
      if (open?.at(-1)?.ordinal === one.ordinal - 1) open.push(one);
      else ranges.push([one]);
    }
    const saved = ranges.filter((range) => (range.at(-1)?.ordinal ?? 0) <= this.#reach).slice(0, RANGES_SAVED);
    const position = this.given[upTo - 1]?.position;
    return {
      ...(position !== undefined && { position }),
      counts: countsOf(this.given.slice(0, upTo)),
      settled: saved.map((range) => ({
        first: range[0]?.position as Position,
        last: range.at(-1)?.position as Position,
        counts: countsOf(range),
      })),
    };
  }
}

export class LaneModel {
  readonly #most: number;
  readonly #size: number;
  readonly durable: Map<number, Durable>;
  /** By `partition:number`: how it became settled in the eyes of who saved it, sent or not. */
  readonly sent: Set<string> = new Set();
  readonly settled: Map<string, Way[]> = new Map();
  readonly problems: string[] = [];
  #owners: Owner[] = [];

  constructor(partitions: number, size: number, { most = MOST_METADATA }: Faults = {}) {
    this.#most = most;
    this.#size = size;
    const cursor: StoredCursor = { position: 0, settled: [], reach: 0, counts: {}, uncounted: 0 };
    const metadata = encodeMetadata({ cursor, term: 1 });
    this.durable = new Map(Array.from({ length: partitions }, (_, partition) => [partition, { metadata }]));
    this.reassign([0]);
  }

  run(step: Step): void {
    if (step.kind === 'reassign') {
      this.reassign(step.owners);
      return;
    }
    const owner = this.#owners[step.owner % this.#owners.length];
    if (owner === undefined) return;
    switch (step.kind) {
      case 'read':
        this.#read(owner, step.partition, step.entries);
        return;
      case 'send':
        for (const one of picked(owner.given, step.picks)) this.#send(owner, one, step.step);
        return;
      case 'settle':
        for (const one of picked(owner.given, step.picks)) if (one.isSent) this.#settle(one, step.way);
        return;
      case 'save':
        owner.reading.save(owner.cursor());
        this.#commit(owner);
        return;
      case 'retract':
        // As after the last send: what was given may all have been.
        owner.reading.extend(0);
        this.#commit(owner);
        this.reassign([0]);
    }
  }

  /** @param owners of each partition, which process has it */
  reassign(owners: readonly number[]): void {
    const names = [...this.durable.keys()].map((partition) => owners[partition % owners.length] ?? 0);
    this.#owners = [...new Set(names)].map((name) => {
      const partitions = [...this.durable.keys()].filter((partition) => names[partition] === name);
      return new Owner(new Map(partitions.map((partition) => [partition, this.cursor(partition)])));
    });
  }

  /** All that is left is read, sent and settled. */
  finish(): void {
    this.reassign([0]);
    const [owner] = this.#owners;
    if (owner === undefined) return;
    // Partition by partition and a few at a time, so that what is covered by one step is read after it.
    for (const partition of this.durable.keys()) {
      while (owner.reading.next(partition) <= this.#size) {
        this.#read(owner, partition, 3);
        for (const one of owner.given) {
          if (one.way !== undefined) continue;
          this.#send(owner, one, 20);
          this.#settle(one, 'acked');
        }
      }
    }
    owner.reading.save(owner.cursor());
    this.#commit(owner);
  }

  cursor(partition: number): StoredCursor {
    const told = decodeMetadata(this.durable.get(partition)?.metadata ?? '');
    if (told === undefined) throw new Error('what we wrote is ours');
    return told.cursor;
  }

  #read(owner: Owner, wanted: number, entries: number): void {
    const partitions = [...this.durable.keys()].filter((one) => owner.reading.has(one));
    const partition = partitions[wanted % partitions.length];
    if (partition === undefined) return;
    const first = owner.reading.next(partition);
    const count = Math.min(entries, this.#size - first + 1);
    if (count <= 0) return;
    const given = owner.reading.give(partition, first, Array.from({ length: count }, (_, at) => entryOf(first + at)));
    for (const { position, replay } of given)
      if (this.sent.has(position) && !replay) this.problems.push(`${position} was sent, and goes out as if it never was`);
    owner.take(given);
  }

  #send(owner: Owner, one: Given, step: number): void {
    if (!owner.isCovered(one)) {
      owner.cover(step);
      this.#commit(owner);
    }
    one.isSent = true;
    this.sent.add(one.position);
    if (one.number > this.cursor(one.of).reach) this.problems.push(`${one.position} was sent past the durable reach`);
  }

  #settle(one: Given, way: Way): void {
    one.way ??= way;
    this.settled.set(one.position, [...(this.settled.get(one.position) ?? []), way]);
  }

  #commit(owner: Owner): void {
    for (const [partition, cursor] of owner.reading.cursors) {
      this.durable.set(partition, { metadata: encodeMetadata({ cursor, term: 1 }, this.#most) });
    }
  }
}

function picked(given: readonly Given[], { from, count, every }: Picks): readonly Given[] {
  const open = given.filter(({ way }) => way === undefined);
  const first = from % Math.max(1, open.length);
  return open.slice(first, first + count * every).filter((_, at) => at % every === 0);
}

function countsOf(given: readonly Given[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { partition, way } of given) {
    const name = `${partition}/${way}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export function entryOf(number: number): Entry {
  const id = `e${number}`;
  const raw = `{"id":"${id}"}`;
  const common = { type: 't', timeMs: 0, receivedMs: 0, source: 'acme', dialect: 'audit_logs' } as const;
  return { ...common, id, feed: 'organization', raw };
}
