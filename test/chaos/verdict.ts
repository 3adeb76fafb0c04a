/**
 * Holds what the peers hold, and what the journal says of itself, against the simulator's own truth. Counted by id: nothing is lost,
 * Elasticsearch has each event once, copies elsewhere have an excuse, and the law's five numbers are those of the harness.
 */
import { type Account, accountOf } from './account.ts';
import { type JudgedCopies, judgeCopies } from './copies.ts';
import { wrongLaw } from './law.ts';
import { excuses, type LeftOutEvent, wronglyLeftOut } from './left-out.ts';
import { wrongLetters } from './letters.ts';
import type { LifeEnded } from './life.ts';
import { wrongReplays } from './replays.ts';
import { SINKS, type SinkName } from './schedule.ts';
import { askedRows, type DueRow, dueRows, type FeedStarts, namelessCount } from './truth.ts';
import type { ChaosWorld } from './world.ts';

export interface Verdict {
  readonly events: number;
  readonly lost: number;
  /** At Elasticsearch. */
  readonly doubled: number;
  /** Elsewhere, beyond one of each, without those of replays that were asked for. */
  readonly copies: number;
  readonly replayed: number;
  readonly deadLetters: number;
  /** Records without an id that are kept. */
  readonly nameless: number;
  /** One sentence each. */
  readonly wrong: readonly string[];
}

export async function judge(world: ChaosWorld, lives: readonly LifeEnded[]): Promise<Verdict> {
  const account = await accountOf(world);
  const { starts, entries } = account;
  // A new journal need not hold what was delivered before the old one was damaged; whether all was, the peers tell.
  const missing = world.isSpoiled ? [] : account.missing;
  const due = dueRows(world, starts);
  const asked = eventsOf(world, account, askedRows(world, starts));
  const wrong = missing.map((id) => `${id} is not in the journal`);
  if ((entries < due.length && !world.isSpoiled) || entries > asked.size) {
    wrong.push(`the journal holds ${entries} entries of ${due.length} to ${asked.size} events`);
  }
  const nameless = namelessCount(world, starts);
  if (account.nameless !== nameless) wrong.push(`${account.nameless} records without an id are kept of ${nameless}`);
  wrong.push(...wrongStarts(world, starts), ...wronglyLeftOut(asked, lives));
  const judged = SINKS.map((sink) => judgeSink(sink, { world, account, due: due.map(({ id }) => id), asked, lives }));
  const sum = (of: (each: (typeof judged)[number]) => number): number =>
    judged.reduce((total, each) => total + of(each), 0);
  return {
    events: due.length,
    lost: missing.length + sum(({ lost }) => lost),
    doubled: judged[0]?.copies ?? 0,
    copies: sum(({ copies }) => copies) - (judged[0]?.copies ?? 0) - sum(({ replayed }) => replayed),
    replayed: sum(({ replayed }) => replayed),
    deadLetters: Object.values(account.letters).flat().length,
    nameless: account.nameless,
    wrong: shortened([...wrong, ...judged.flatMap((each) => each.wrong)]),
  };
}

function eventsOf(
  { isSpoiled, parts: { made } }: ChaosWorld,
  { received }: Account,
  rows: readonly DueRow[],
): ReadonlyMap<string, LeftOutEvent> {
  const event = ({ id, effectiveAt }: DueRow): LeftOutEvent => ({
    id,
    type: made.types.get(id),
    atMs: effectiveAt * 1_000,
    // What a damaged journal knew is not known any more.
    receivedMs: isSpoiled ? undefined : received.get(id),
  });
  return new Map(rows.map((row) => [row.id, event(row)]));
}

/** A start that the journal alone knows is held against where the world began: one that moves forward would excuse what it leaves out. */
function wrongStarts(world: ChaosWorld, starts: FeedStarts): readonly string[] {
  return (['organization', 'tenant'] as const).flatMap((feed) => {
    const [startS, latestS] = [starts[feed], world.latestStartS(feed)];
    if (!Number.isFinite(startS)) return [`${feed} has no start`];
    return startS > latestS ? [`${feed} begins ${startS - latestS} s after the latest that it may`] : [];
  });
}

interface Case {
  readonly world: ChaosWorld;
  readonly account: Account;
  readonly due: readonly string[];
  readonly asked: ReadonlyMap<string, LeftOutEvent>;
  readonly lives: readonly LifeEnded[];
}

interface SinkVerdict extends JudgedCopies {
  readonly lost: number;
  readonly copies: number;
}

function judgeSink(sink: SinkName, { world, account, due, asked, lives }: Case): SinkVerdict {
  const { deliveries } = world.parts.peers[sink];
  deliveries.look(true);
  const held = new Set(deliveries.list.map(({ id }) => id));
  const copies = deliveries.list.length - held.size;
  const letters = account.letters[sink];
  const wrong: string[] = [];
  const say = (text: string): void => void wrong.push(`${sink}: ${text}`);
  const excused = new Map([...asked].map(([id, event]) => [id, excuses(sink, event, lives)]));
  const dropped = new Set(world.requests.drops.flatMap((drop) => (drop.sink === sink ? drop.ids : [])));
  const absent = due.filter((id) => !held.has(id) && !letters.includes(id) && !dropped.has(id));
  const lost = absent.filter((id) => (excused.get(id)?.size ?? 0) === 0);
  for (const id of lost) say(`${id} is lost`);
  const law = account.lanes[sink];
  const excluded = Object.values(law?.excluded ?? {}).reduce((sum, count) => sum + count, 0);
  if (absent.length - lost.length > excluded && !world.isSpoiled) {
    say(`${absent.length - lost.length} are absent, and ${excluded} are counted as excluded`);
  }
  for (const id of held) if (!asked.has(id)) say(`${id} never was, or lies before the start`);
  if (sink === 'elastic' && copies > 0) say(`${copies} documents more than events`);
  const replays = world.requests.replays.filter((replay) => replay.sink === sink);
  const happenedMs = (id: string): number => asked.get(id)?.atMs ?? 0;
  const { disturbances } = world;
  const judged = judgeCopies({ sink, deliveries: deliveries.list, lives, disturbances, replays, happenedMs });
  judged.wrong.forEach(say);
  const refused = world.parts.made.poisonOf(sink).filter((id) => asked.has(id));
  const isExcused = (id: string): boolean => (excused.get(id)?.size ?? 0) > 0;
  wrongLetters(sink, { world, account, held, refused, isExcused }).forEach(say);
  wrongReplays(sink, { world, account, asked, lives }).forEach(say);
  const by = (rule: string): number => [...excused.values()].filter((rules) => rules.has(rule)).length;
  const mayExclude = { when: by('when'), ...(sink === 'datadog' && { old: by('old') }) };
  const dead = lettersEver(sink, { world, account });
  wrongLaw(law, { entries: account.entries, dead, held: held.size, mayExclude }).forEach(say);
  return { lost: lost.length, copies, replayed: judged.replayed, wrong };
}

/** Undefined: a replay may bring back one that was dropped, and a new journal counts anew. */
function lettersEver(sink: SinkName, { world, account }: Pick<Case, 'world' | 'account'>): number | undefined {
  const { requests, isSpoiled } = world;
  const { drops, retried, replays } = requests;
  const isTouched = drops.some((drop) => drop.sink === sink) || retried.has(sink);
  const isReplayed = replays.some((replay) => replay.sink === sink);
  if ((isTouched && isSpoiled) || isReplayed) return undefined;
  return account.letters[sink].length + account.retried[sink] + account.dropped[sink];
}

function shortened(list: readonly string[]): readonly string[] {
  return list.length <= MOST_SAID ? list : [...list.slice(0, MOST_SAID), `and ${list.length - MOST_SAID} more`];
}

const MOST_SAID = 8;
