/**
 * Brings into a new journal what can be read of the damaged one and cannot be had elsewhere for certain: entries that some
 * lane had not passed, dead letters, records without an id. The API is read again beside it; ids that came over are not
 * journaled twice. All of it goes out as replay.
 */
import type { Entry, Feed } from '../../entry.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { DeadLetter, DeadLetters, KeptDeadLetter, MalformedRecord } from '../dead-letter.ts';
import type { SourceJournal } from '../journal.ts';
import { unknownStart } from './begin-again.ts';
import { type Remains, type Remnant, remnantsOf } from './remains.ts';

const NEVER = new AbortController().signal;
/** Of one commit; a dead letter is committed with its like. */
const PORTION = { entries: 1000, chars: 1 << 20, letters: 100 } as const;

export interface BroughtOver {
  readonly entries: number;
  readonly letters: number;
  readonly malformedRecords: number;
}

export interface Destination {
  source(name: string): Pick<SourceJournal, 'commit'>;
  readonly deadLetters: Pick<DeadLetters, 'add' | 'retry'>;
}

/** @param set the folder that stands aside */
export async function bringOver(set: string, remains: Remains, to: Destination): Promise<BroughtOver> {
  const passed = passedIn(remains);
  const counts = { entries: 0, letters: 0, malformedRecords: 0 };
  const waiting = new Map<string, Entry[]>();
  const letters: KeptDeadLetter[] = [];
  const take = async (remnant: Remnant): Promise<void> => {
    if (remnant.kind === 'malformed_record')
      counts.malformedRecords += await commitMalformedRecord(to, remnant.malformedRecord);
    if (remnant.kind === 'dead_letter') letters.push(remnant.deadLetter);
    if (letters.length >= PORTION.letters) counts.letters += await addLetters(to, letters.splice(0));
    if (remnant.kind !== 'entries') return;
    const left = remnant.entries.filter((_, index) => remnant.first + index > passed);
    for (const [key, entries] of grouped(left)) {
      const all = [...(waiting.get(key) ?? []), ...entries];
      waiting.set(key, isLarge(all) ? [] : all);
      if (isLarge(all)) counts.entries += await commitEntries(to, all);
    }
  };
  for await (const remnant of remnantsOf(set)) await take(remnant);
  for (const entries of waiting.values()) counts.entries += await commitEntries(to, entries);
  counts.letters += await addLetters(to, letters);
  return counts;
}

/** The last entry that every lane has passed; 0 when it cannot be told. */
function passedIn({ state, cursors }: Remains): number {
  if (state === undefined || state.lanes.some((lane) => !cursors.has(lane))) return 0;
  const positions = state.lanes.map((lane) => cursors.get(lane)?.position ?? 0);
  return positions.length === 0 ? 0 : Math.min(...positions);
}

function grouped(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = `${entry.feed} ${entry.source}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

function isLarge(entries: readonly Entry[]): boolean {
  const chars = entries.reduce((sum, { raw }) => sum + raw.length, 0);
  return entries.length >= PORTION.entries || chars >= PORTION.chars;
}

/** Of one source and feed. */
async function commitEntries(to: Destination, entries: readonly Entry[]): Promise<number> {
  const [first] = entries;
  if (first === undefined) return 0;
  const { source, feed } = first;
  const inOrder = entries.toSorted((a, b) => a.timeMs - b.timeMs);
  const { journaled } = await to.source(source).commit({ feed, advance: kept, entries: inOrder }, NEVER);
  return journaled.length;
}

async function commitMalformedRecord(
  to: Destination,
  { source, raw, reason, receivedMs }: MalformedRecord & { readonly source: string },
): Promise<number> {
  const feed: Feed = 'organization';
  const malformedRecord = { raw, reason, receivedMs };
  const { malformedRecords } = await to
    .source(source)
    .commit({ feed, advance: kept, entries: [], malformedRecords: [malformedRecord] }, NEVER);
  return malformedRecords.length;
}

/** Those that were asked to go again are asked once more. */
async function addLetters(to: Destination, letters: readonly KeptDeadLetter[]): Promise<number> {
  if (letters.length === 0) return 0;
  const bare = letters.map(bareOf);
  const sequences = await to.deadLetters.add(bare);
  const again = letters.flatMap(({ lane, retryMs }, index) =>
    retryMs === undefined ? [] : [{ lane, sequence: sequences[index] ?? 0 }],
  );
  if (again.length > 0) await to.deadLetters.retry(again);
  return new Set(bare.map(({ lane }, index) => `${lane} ${sequences[index] ?? 0}`)).size;
}

function bareOf({ sequence: _sequence, retryMs: _retryMs, ...letter }: KeptDeadLetter): DeadLetter {
  return letter;
}

/** Nothing counts as read by it: whatever was read beside these entries is read again. */
function kept(current: Checkpoint | undefined): Checkpoint {
  return current ?? unknownStart();
}
