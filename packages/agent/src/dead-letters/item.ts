/** A dead letter as the commands see it, a lane's or a source's, read from the journal whether or not an agent runs. */
import type { JournalReader } from '../relay-access.ts';

type KeptLetter = ReturnType<JournalReader['lettersOf']>[number];
type KeptMalformedRecord = ReturnType<JournalReader['malformedRecords']> extends Iterable<infer One> ? One : never;

/** By which the core names it. */
export type LetterKey =
  | { readonly lane: string; readonly sequence: number }
  | { readonly source: string; readonly hash: string };

/** What is told of one beside its event. `list --json` prints it as it stands here. */
export interface DeadLetterHead {
  /** `siem/12`; of a record without an id `acme/record-3f9a0c1b2e44`. */
  readonly id: string;
  /** Absent: it is a record of the source that reached no sink. */
  readonly sink?: string;
  readonly source: string;
  /** `unusable`: a record without a usable id. */
  readonly kind: KeptLetter['kind'] | 'unusable';
  readonly reason: string;
  /** How often it was sent, retries included. */
  readonly attempts: number;
  /**
   * RFC 3339 both: when it was first sent, and when it was last set aside. The first is absent where it was never sent; of a
   * record without an id both say when it was first received, as it is set aside once.
   */
  readonly first?: string;
  readonly last: string;
  /** RFC 3339; it is to go again, asked for then. */
  readonly retryAsked?: string;
  /** Absent: the record is no event. */
  readonly event?: { readonly id: string; readonly type: string; readonly time: string; readonly feed: string };
}

export interface Item {
  readonly head: DeadLetterHead;
  readonly key: LetterKey;
  /** When it was last set aside, in milliseconds since the epoch. */
  readonly lastMs: number;
  readonly raw: string;
  readonly entry?: KeptLetter['entry'];
}

/** Of all lanes and sources, those that are configured no more included; oldest first of each. */
export function* itemsOf(reader: Pick<JournalReader, 'stats' | 'deadLetters' | 'malformedRecords'>): Iterable<Item> {
  const { deadLetters, malformedRecords } = reader.stats();
  for (const lane of Object.keys(deadLetters))
    for (const letter of reader.deadLetters(lane)) yield deadLetterItem(letter);
  for (const source of Object.keys(malformedRecords))
    for (const malformedRecord of reader.malformedRecords(source)) yield malformedRecordItem(malformedRecord);
}

export function deadLetterItem(letter: KeptLetter): Item {
  const { lane, sequence, entry, reason, kind, attempts, firstMs, atMs, retryMs } = letter;
  const { id, type, timeMs, feed, source } = entry;
  const head: DeadLetterHead = {
    id: `${lane}/${sequence}`,
    sink: lane,
    source,
    kind,
    reason,
    attempts,
    ...(firstMs === undefined ? {} : { first: timeOf(firstMs) }),
    last: timeOf(atMs),
    ...(retryMs === undefined ? {} : { retryAsked: timeOf(retryMs) }),
    event: { id, type, time: timeOf(timeMs), feed },
  };
  return { head, key: { lane, sequence }, lastMs: atMs, raw: entry.raw, entry };
}

/** It is kept once: how often the API shows it again is not kept. */
function malformedRecordItem({ id, source, hash, raw, reason, receivedMs }: KeptMalformedRecord): Item {
  const received = timeOf(receivedMs);
  const head = { id, source, kind: 'unusable', reason, attempts: 0, first: received, last: received } as const;
  return { head, key: { source, hash }, lastMs: receivedMs, raw };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
