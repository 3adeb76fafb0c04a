/**
 * Holds what the peers hold, and what the journal says of itself, against the simulator's own truth. Counted by id: nothing is lost,
 * Elasticsearch has each event once, copies elsewhere have an excuse, and the law's five numbers are those of the harness.
 */
import { RelayError, readJournal } from '@audit-relay/core';
import { type PastLife, unexcused } from './copies.ts';
import { type Law, wrongLaw } from './law.ts';
import { EXCLUDABLE, type Schedule, SINKS, type SinkName } from './schedule.ts';
import { askedRows, dueRows, type FeedStarts } from './truth.ts';
import type { ChaosWorld } from './world.ts';

export interface Verdict {
  readonly events: number;
  readonly lost: number;
  /** At Elasticsearch. */
  readonly doubled: number;
  /** Elsewhere, beyond one of each. */
  readonly copies: number;
  readonly deadLetters: number;
  /** One sentence each. */
  readonly wrong: readonly string[];
}

/** What the journal says. */
interface Account {
  readonly starts: FeedStarts;
  readonly entries: number;
  readonly lanes: Readonly<Record<string, Law | undefined>>;
  /** Ids, by lane. */
  readonly letters: Readonly<Record<SinkName, readonly string[]>>;
  /** Ids that the journal does not have. */
  readonly missing: readonly string[];
}

export async function judge(world: ChaosWorld, lives: readonly PastLife[]): Promise<Verdict> {
  const account = await accountOf(world);
  const { starts, entries } = account;
  // A new journal need not hold what was delivered before the old one was damaged; whether all was, the peers tell.
  const missing = world.isSpoiled ? [] : account.missing;
  const due = dueRows(world, starts);
  const asked = new Set(askedRows(world, starts).map(({ id }) => id));
  const wrong = missing.map((id) => `${id} is not in the journal`);
  if ((entries < due.length && !world.isSpoiled) || entries > asked.size) {
    wrong.push(`the journal holds ${entries} entries of ${due.length} to ${asked.size} events`);
  }
  wrong.push(...wrongStarts(world, starts));
  const judged = SINKS.map((sink) => judgeSink(sink, { world, account, due: due.map(({ id }) => id), asked, lives }));
  const sum = (of: (each: (typeof judged)[number]) => number): number =>
    judged.reduce((total, each) => total + of(each), 0);
  return {
    events: due.length,
    lost: missing.length + sum(({ lost }) => lost),
    doubled: judged[0]?.copies ?? 0,
    copies: sum(({ copies }) => copies) - (judged[0]?.copies ?? 0),
    deadLetters: Object.values(account.letters).flat().length,
    wrong: shortened([...wrong, ...judged.flatMap((each) => each.wrong)]),
  };
}

/** A start that the journal alone knows is held against where the world began: one that moves forward would excuse what it leaves out. */
function wrongStarts(world: ChaosWorld, starts: FeedStarts): readonly string[] {
  return (['organization', 'tenant'] as const).flatMap((feed) => {
    const [startS, latestS] = [starts[feed], world.latestStartS(feed)];
    if (!Number.isFinite(startS)) return [`${feed} has no start`];
    return startS > latestS ? [`${feed} begins ${startS - latestS} s after the latest that it may`] : [];
  });
}

async function accountOf(world: ChaosWorld): Promise<Account> {
  const reader = await readJournal(world.journal);
  try {
    const { organization, tenant } = reader.checkpoints()['acme'] ?? {};
    const starts = {
      organization: organization?.startSeconds ?? Number.POSITIVE_INFINITY,
      tenant: tenant?.startSeconds ?? Number.POSITIVE_INFINITY,
    };
    const { entries, lanes } = reader.stats();
    const missing: string[] = [];
    for (const { id, feed, effectiveAt } of dueRows(world, starts)) {
      if (await isHeld(reader, id)) continue;
      missing.push(`${id} of ${feed}, ${effectiveAt - starts[feed]} s after its start,`);
    }
    const lettersOf = (sink: SinkName): readonly string[] => [...reader.deadLetters(sink)].map(({ entry }) => entry.id);
    const letters = {
      elastic: lettersOf('elastic'),
      splunk: lettersOf('splunk'),
      datadog: lettersOf('datadog'),
      kafka: lettersOf('kafka'),
    };
    const laws = Object.entries(lanes).map(([lane, { law }]) => [lane, law] as const);
    return { starts, entries, missing, letters, lanes: Object.fromEntries(laws) };
  } finally {
    await reader.close();
  }
}

/** Not where it is damaged, and no lane has to come to it. */
async function isHeld(reader: Awaited<ReturnType<typeof readJournal>>, id: string): Promise<boolean> {
  try {
    return (await reader.find(id)).kind === 'entry';
  } catch (error) {
    if (error instanceof RelayError && error.code === 'JOURNAL_DAMAGED') return false;
    throw error;
  }
}

interface Case {
  readonly world: ChaosWorld;
  readonly account: Account;
  readonly due: readonly string[];
  readonly asked: ReadonlySet<string>;
  readonly lives: readonly PastLife[];
}

function judgeSink(sink: SinkName, { world, account, due, asked, lives }: Case): SinkVerdict {
  const { deliveries } = world.parts.peers[sink];
  deliveries.look(true);
  const held = new Set(deliveries.list.map(({ id }) => id));
  const copies = deliveries.list.length - held.size;
  const dead = account.letters[sink];
  const wrong: string[] = [];
  const say = (text: string): void => void wrong.push(`${sink}: ${text}`);
  const absent = due.filter((id) => !held.has(id) && !dead.includes(id));
  const law = account.lanes[sink];
  const excluded = Object.values(law?.excluded ?? {}).reduce((sum, count) => sum + count, 0);
  const lost = absent.filter((id) => !mayExclude(sink, id, world));
  for (const id of lost) say(`${id} is lost`);
  if (absent.length - lost.length > excluded && !world.isSpoiled) {
    say(`${absent.length - lost.length} are absent, and ${excluded} are counted as excluded`);
  }
  for (const id of held) if (!asked.has(id)) say(`${id} never was, or lies before the start`);
  if (sink === 'elastic' && copies > 0) say(`${copies} documents more than events`);
  const { disturbances } = world;
  unexcused({ sink, deliveries: deliveries.list, lives, disturbances }).forEach(say);
  const refused = world.poisonOf(sink).filter((id) => asked.has(id));
  wrongLetters(sink, { world, account, held, refused }).forEach(say);
  const rules = excludable(sink, world, asked);
  wrongLaw(law, { entries: account.entries, dead: dead.length, held: held.size, mayExclude: rules }).forEach(say);
  return { lost: lost.length, copies, wrong };
}

interface SinkVerdict {
  readonly lost: number;
  readonly copies: number;
  readonly wrong: readonly string[];
}

/** By the lane's filter in some life, or by Datadog's own rule on old events. */
function mayExclude(sink: SinkName, id: string, world: ChaosWorld): boolean {
  const { lives } = world.parts.schedule;
  if (world.types.get(id) === EXCLUDABLE && lives.some(({ config }) => config.filtered.includes(sink))) return true;
  return sink === 'datadog' && mayBeOld(world);
}

/** How many of what was asked for each rule may leave out at most: the lane's filter in some life, and Datadog's own. */
function excludable(sink: SinkName, world: ChaosWorld, asked: ReadonlySet<string>): Readonly<Record<string, number>> {
  const isFiltered = world.parts.schedule.lives.some(({ config }) => config.filtered.includes(sink));
  const ofType = [...asked].filter((id) => world.types.get(id) === EXCLUDABLE).length;
  return {
    when: isFiltered ? ofType : 0,
    ...(sink === 'datadog' && { old: mayBeOld(world) ? asked.size : 0 }),
  };
}

function mayBeOld({ parts: { schedule, clock } }: ChaosWorld): boolean {
  return schedule.history.spanS > 12 * 3_600 || clock.leapMs > 0 || wasSet(schedule);
}

function wasSet({ lives }: Schedule): boolean {
  return lives.some(({ acts }) => acts.some(({ kind }) => kind === 'clock'));
}

interface Letters {
  readonly world: ChaosWorld;
  readonly account: Account;
  /** Ids at the peer. */
  readonly held: ReadonlySet<string>;
  /** Ids that it refuses. */
  readonly refused: readonly string[];
}

/** Exactly what the peer refuses for ever, and was asked for, is a dead letter, each once. */
function wrongLetters(sink: SinkName, { world, account, held, refused }: Letters): readonly string[] {
  const letters = account.letters[sink];
  const innocent = letters.filter((id) => !refused.includes(id));
  const unburied = refused.filter((id) => !letters.includes(id) && !mayExclude(sink, id, world));
  return [
    ...innocent.map((id) => `${id} is a dead letter, which nothing refused`),
    ...unburied.map((id) => `${id} was refused and is no dead letter`),
    ...(new Set(letters).size < letters.length ? ['a dead letter is there twice'] : []),
    ...refused.filter((id) => held.has(id)).map((id) => `${id} is held though it was refused`),
  ];
}

function shortened(list: readonly string[]): readonly string[] {
  return list.length <= MOST_SAID ? list : [...list.slice(0, MOST_SAID), `and ${list.length - MOST_SAID} more`];
}

const MOST_SAID = 8;
