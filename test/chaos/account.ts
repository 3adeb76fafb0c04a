/** What the journal says of itself when all is over. */
import { RelayError, readJournal } from '@audit-relay/core';
import type { Law } from './law.ts';
import { SINKS, type SinkName } from './schedule.ts';
import { dueRows, type FeedStarts } from './truth.ts';
import type { ChaosWorld } from './world.ts';

type Reader = Awaited<ReturnType<typeof readJournal>>;
type Stats = ReturnType<Reader['stats']>;

export interface Account {
  readonly starts: FeedStarts;
  readonly entries: number;
  readonly lanes: Readonly<Record<string, Law | undefined>>;
  /** Ids, by lane. */
  readonly letters: Readonly<Record<SinkName, readonly string[]>>;
  /** How many dead letters went again and left, and were dropped. */
  readonly retried: Readonly<Record<SinkName, number>>;
  readonly dropped: Readonly<Record<SinkName, number>>;
  /** Records without an id, dropped ones too. */
  readonly nameless: number;
  readonly replays: Stats['replays'];
  /** What became of the entries of all replays. */
  readonly replayed: Stats['replayed'];
  /** Ids that the journal does not have. */
  readonly missing: readonly string[];
  /** When each entry was received, by the relay's host, in milliseconds. */
  readonly received: ReadonlyMap<string, number>;
}

export async function accountOf(world: ChaosWorld): Promise<Account> {
  const reader = await readJournal(world.journal);
  try {
    const { organization, tenant } = reader.checkpoints()['acme'] ?? {};
    const starts = {
      organization: organization?.startSeconds ?? Number.POSITIVE_INFINITY,
      tenant: tenant?.startSeconds ?? Number.POSITIVE_INFINITY,
    };
    const stats = reader.stats();
    const { missing, received } = await entriesOf(reader, world, starts);
    return {
      starts,
      missing,
      received,
      entries: stats.entries,
      letters: bySink((sink) => [...reader.deadLetters(sink)].map(({ entry }) => entry.id)),
      lanes: Object.fromEntries(Object.entries(stats.lanes).map(([lane, { law }]) => [lane, law])),
      retried: bySink((sink) => Object.values(stats.retried[sink] ?? {}).reduce((sum, count) => sum + count, 0)),
      dropped: bySink((sink) => stats.dropped[sink] ?? 0),
      nameless: (stats.malformedRecords['acme'] ?? 0) + (stats.droppedMalformedRecords['acme'] ?? 0),
      replays: stats.replays,
      replayed: stats.replayed,
    };
  } finally {
    await reader.close();
  }
}

function bySink<T>(of: (sink: SinkName) => T): Record<SinkName, T> {
  return Object.fromEntries(SINKS.map((sink) => [sink, of(sink)])) as Record<SinkName, T>;
}

async function entriesOf(
  reader: Reader,
  world: ChaosWorld,
  starts: FeedStarts,
): Promise<Pick<Account, 'missing' | 'received'>> {
  const missing: string[] = [];
  const received = new Map<string, number>();
  for (const { id, feed, effectiveAt } of dueRows(world, starts)) {
    const receivedMs = await receivedOf(reader, id);
    if (receivedMs === undefined) missing.push(`${id} of ${feed}, ${effectiveAt - starts[feed]} s after its start,`);
    else received.set(id, receivedMs);
  }
  return { missing, received };
}

/** Undefined: it is not held, or not where it is damaged, and no lane has to come to it. */
async function receivedOf(reader: Reader, id: string): Promise<number | undefined> {
  try {
    const found = await reader.find(id);
    return found.kind === 'entry' ? found.entry.receivedMs : undefined;
  } catch (error) {
    if (error instanceof RelayError && error.code === 'JOURNAL_DAMAGED') return undefined;
    throw error;
  }
}
