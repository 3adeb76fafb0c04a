/**
 * The journal on Kafka as the core sees it: sources and lanes are shared out by groups, and whoever has one writes or reads in the
 * name of its generation. What no generation can decide is not here: there is no owner of the whole.
 */
import type {
  DeadLetters,
  Journal,
  JournalConfiguration,
  JournalStats,
  LaneBegin,
  LaneJournal,
  LaneStart,
  LaneStats,
  Origin,
  Replays,
  Share,
  Sharing,
  SourceJournal,
  Unwritable,
} from '@audit-relay/core/journal';
import type { Bounds } from './bounds.ts';
import { noDeadLetters, noReplays, refuseRestored } from './not-yet.ts';
import type { SourceSharing } from './source/source-sharing.ts';

/** The lanes' way out, as far as it is needed here. */
export interface SharedLanes {
  configure(lanes: readonly { readonly name: string; readonly startFrom: LaneBegin }[]): void;
  lane(name: string, signal: AbortSignal): Promise<Share<LaneJournal>>;
  /** Of those that are delivered here. @param written how many entries a partition was ever given, where that is known better */
  stats(written: ReadonlyMap<number, number>): Readonly<Record<string, LaneStats>>;
  /** What keeps lanes from being read. */
  readonly unwritable?: Unwritable | undefined;
  close(): Promise<void>;
}

export interface KafkaJournalParts {
  /** Absent: this process reads no source. */
  readonly sources?: SourceSharing | undefined;
  /** Absent: this process delivers nothing. */
  readonly lanes?: SharedLanes | undefined;
  /** Of who reads sources. */
  readonly bounds?: Bounds | undefined;
  readonly maxBytes: number;
}

export class KafkaJournal implements Journal {
  readonly deadLetters: DeadLetters = noDeadLetters;
  readonly replays: Replays = noReplays;
  readonly sharing: Sharing;
  /** What is lost is lost by the share: whoever is fenced comes back with the next one. */
  readonly lost: AbortSignal = new AbortController().signal;
  readonly #parts: KafkaJournalParts;

  constructor(parts: KafkaJournalParts) {
    this.#parts = parts;
    const { sources, lanes } = parts;
    this.sharing = {
      source: async (name, signal) => sources?.source(name, signal) ?? elsewhere<SourceJournal>(),
      lane: async (name, signal) => lanes?.lane(name, signal) ?? elsewhere<LaneJournal>(),
    };
  }

  async configure(configuration: JournalConfiguration): Promise<Readonly<Record<string, LaneStart>>> {
    await this.#parts.bounds?.configure(configuration);
    await this.#parts.sources?.configure(configuration);
    this.#parts.lanes?.configure(configuration.lanes);
    // Where entries are gone says the share of each.
    return Object.fromEntries(configuration.lanes.map(({ name }) => [name, 'ready'] as const));
  }

  refuse(configuration: JournalConfiguration): void {
    this.#parts.sources?.refuse(configuration);
  }

  async adopt(sources: Readonly<Record<string, Origin>>): Promise<void> {
    await this.#parts.sources?.adopt(sources);
  }

  async markRestored(): Promise<void> {
    refuseRestored();
  }

  source(name: string): never {
    throw new Error(`source ${name} is had by its share`);
  }

  lane(name: string): never {
    throw new Error(`lane ${name} is had by its share`);
  }

  /** Nobody on this machine holds it. */
  answerWith(): void {}

  get unwritable(): Unwritable | undefined {
    return this.#parts.sources?.unwritable ?? this.#parts.lanes?.unwritable;
  }

  stats(): JournalStats {
    const { sources, lanes, maxBytes } = this.#parts;
    const { unwritable } = this;
    const { bytes = 0, written = new Map(), fullBecauseOf, malformedRecords = {} } = sources?.figures() ?? {};
    return {
      bytes,
      maxBytes,
      pinnedBytes: bytes,
      entries: [...written.values()].reduce((sum, entries) => sum + entries, 0),
      ...(fullBecauseOf !== undefined && { fullBecauseOf }),
      ...(unwritable !== undefined && { unwritable }),
      lanes: lanes?.stats(written) ?? {},
      deadLetters: {},
      retrying: {},
      retried: {},
      dropped: {},
      malformedRecords,
      droppedMalformedRecords: {},
      replays: {},
      replayed: {},
    };
  }

  async close(): Promise<void> {
    const { sources, lanes, bounds } = this.#parts;
    await Promise.all([sources?.close(), lanes?.close()]);
    await bounds?.close();
  }
}

/** For as long as the process lives. */
function elsewhere<Way>(): Share<Way> {
  const { signal: revoked } = new AbortController();
  return { way: undefined, revoked, drainMs: 0, release: () => undefined };
}
