/**
 * What `audit-relay status` shows: the journal's own account, which needs no running agent, with the
 * health that a running one reports laid over it.
 */

import type { RelayStatus } from '@audit-relay/core';
import type { ExclusionRule } from '@audit-relay/sink';
import type { SinkRule } from './exclusions.ts';
import type { CheckpointAccount, JournalAccount } from './journal-account.ts';
import { printable } from './printable.ts';
import { type ReplayView, replayLines, replayOf } from './replay/status.ts';
import { type ConfigurationView, configurationLines, configurationOf } from './status-configuration.ts';

type FeedStatus = NonNullable<RelayStatus['sources'][string]['feeds']['organization']>;

/** What `status --json` prints. */
export interface StatusView {
  /** The journal's folder. */
  readonly journal: string;
  /** False: what is shown is what the journal says by itself. */
  readonly running: boolean;
  /** A process holds the journal and does not answer: it hangs, or is just starting or ending. */
  readonly silent?: true;
  readonly feeds: readonly FeedView[];
  readonly sinks: readonly SinkView[];
  /** Records without a usable id that the journal keeps and no sink gets, by source. */
  readonly unusable: Readonly<Record<string, number>>;
  /** What is outside of the promise that nothing is lost, in words. */
  readonly outside: string;
  /** Damaged journals that stand aside, until somebody takes them away. Absent: none. */
  readonly setAside?: RelayStatus['journal']['setAside'];
  /** Why the journal takes no events, in words with the fix; RFC 3339 since when. Absent: it does, or no agent runs. */
  readonly unwritable?: { readonly problem: string; readonly since: string };
  readonly room: Pick<JournalAccount, 'bytes' | 'maxBytes' | 'pinnedBytes' | 'entries'>;
  /** What the API sends and this version does not know, since the agent's start. Absent while none runs. */
  readonly drift?: RelayStatus['drift'];
  /** Which configuration is in force, and whether a newer one was refused. Absent while no agent runs. */
  readonly configuration?: ConfigurationView;
}

/** One feed of one source. */
export interface FeedView {
  readonly source: string;
  readonly feed: string;
  /** Absent while no agent runs. */
  readonly health?: string;
  readonly problem?: string;
  /** The same for a machine: one of few words. */
  readonly cause?: string;
  /** RFC 3339; since when requests fail. Absent: they do not. */
  readonly problemSince?: string;
  /** RFC 3339; journaled without a gap from `start` to here. Absent: nothing yet. */
  readonly completeTo?: string;
  /** RFC 3339. Absent: the API has never answered. */
  readonly start?: string;
  /** Not read yet, between what is: RFC 3339 both. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  /** RFC 3339: when each lookback was last read whole, by server time. */
  readonly passes: Readonly<Record<string, string>>;
  /** What was odd about the server and was coped with, since the agent's start. Absent while none runs. */
  readonly conditions?: Readonly<Record<string, number>>;
  /** Events that became visible late, since the agent's start: how many, and how late the latest was. Absent while none runs. */
  readonly late?: { readonly count: number; readonly maxSeconds: number };
  /** Pages that had to be read once more, since the agent's start. Absent while none runs. */
  readonly pagesInVain?: number;
}

/** One lane, by the name of its sink; `behind` counts entries after its saved cursor. */
export interface SinkView {
  readonly sink: string;
  readonly health?: string;
  readonly problem?: string;
  /** RFC 3339; since when it is retried, blocked or stopped. */
  readonly problemSince?: string;
  readonly behind: number;
  /** RFC 3339; when the oldest of them was received. */
  readonly behindSince?: string;
  readonly deadLetters: number;
  /** What else was done with dead letters, durable: asked to go again, gone again by what became of them, dropped. Absent: nothing. */
  readonly letters?: {
    readonly retrying: number;
    readonly retried: Readonly<Record<string, number>>;
    readonly dropped: number;
  };
  /** The last replay. Absent: there never was one. */
  readonly replay?: ReplayView;
  /** What became of the events of all replays, durable and apart from `law`. Absent: there never was one. */
  readonly replayed?: Readonly<Record<string, number>>;
  /**
   * What has become of each journaled entry, durable: journaled = acked + deadLettered + excluded + held, each counted by
   * itself. `excluded` by `when` or the name of the sink's rule. Absent: not counted yet.
   */
  readonly law?: RelayStatus['journal']['lanes'][string]['law'];
  /** What the sink leaves out by rules of its own. Absent: neither an agent nor a configuration says. */
  readonly exclusions?: RelayStatus['lanes'][string]['exclusions'];
  /** Events that passed as `when` could not decide about them, since the agent's start. Absent while none runs. */
  readonly filterErrors?: number;
  /** What the sink itself counts, since the agent's start: `duplicate`. Absent while none runs. */
  readonly counts?: Readonly<Record<string, number>>;
}

const OUTSIDE =
  'what the API first shows later than `sweep` after it happened, or moves while a backfill reads, may be missed';

/**
 * `answer` is the running agent's; `silent` when it gives none, undefined when none runs. `rules` are those of the
 * configuration, for a sink of which no agent speaks.
 */
export function statusView(
  account: JournalAccount & { readonly journal: string },
  answer: RelayStatus | 'silent' | undefined,
  rules: readonly SinkRule[] = [],
): StatusView {
  const { journal } = account;
  const live = answer === 'silent' ? undefined : answer;
  const { bytes, maxBytes, pinnedBytes, entries } = account;
  return {
    journal,
    running: live !== undefined,
    ...(answer === 'silent' ? { silent: true } : {}),
    feeds: feedsOf(account, live),
    sinks: Object.entries(account.lanes).map(([sink, { behindEntries, behindSinceMs, law }]) => ({
      sink,
      ...exclusionsOf(rules.filter((rule) => rule.sink === sink)),
      ...laneOf(live?.lanes[sink]),
      behind: behindEntries,
      ...(behindSinceMs === undefined ? {} : { behindSince: timeOf(behindSinceMs / 1_000) }),
      deadLetters: account.deadLetters[sink] ?? 0,
      ...lettersOf(sink, account),
      ...replayOf(account.replays[sink]),
      ...(account.replayed[sink] === undefined ? {} : { replayed: account.replayed[sink] }),
      ...(law === undefined ? {} : { law }),
    })),
    unusable: Object.fromEntries(Object.entries(account.malformedRecords).filter(([, count]) => count > 0)),
    outside: OUTSIDE,
    ...(account.setAside === undefined ? {} : { setAside: account.setAside }),
    ...unwritableOf(live),
    room: { bytes, maxBytes, pinnedBytes, entries },
    // An agent of an earlier version does not say.
    ...(live?.drift === undefined ? {} : { drift: live.drift }),
    ...configurationOf(live?.configuration),
  };
}

function unwritableOf(live: RelayStatus | undefined): Pick<StatusView, 'unwritable'> {
  const unwritable = live?.journal.unwritable;
  if (unwritable === undefined) return {};
  return { unwritable: { problem: unwritable.problem, since: timeOf(unwritable.sinceMs / 1_000) } };
}

/** Those of the journal, and those of the agent that have no answer yet and so are not in it. */
function feedsOf({ checkpoints }: JournalAccount, live: RelayStatus | undefined): readonly FeedView[] {
  const sources = new Set([...Object.keys(checkpoints), ...Object.keys(live?.sources ?? {})]);
  return [...sources].flatMap((source) => {
    const read = Object.entries(checkpoints[source] ?? {});
    const asked = Object.entries(live?.sources[source]?.feeds ?? {});
    return [...new Set([...read, ...asked].map(([feed]) => feed))].map((feed) => ({
      source,
      feed,
      ...liveOf(asked.find(([name]) => name === feed)?.[1]),
      ...progressOf(read.find(([name]) => name === feed)?.[1]),
    }));
  });
}

/** Where events go on by themselves. */
const WELL: ReadonlySet<string> = new Set(['ok', 'quiet', 'starting']);

/**
 * Whether an agent runs, its journal takes events, nothing of it is blocked, paused or failing, no newer configuration was refused, and no damaged journal stands aside. A tenant's feed that was never read and is
 * refused is that of an organization without a tenant, which is no failure.
 */
export function isWell({ running, feeds, sinks, unwritable, setAside = [], configuration }: StatusView): boolean {
  const without = ({ feed, health, completeTo }: FeedView): boolean =>
    feed === 'tenant' && health === 'paused' && completeTo === undefined;
  // What the journal has of sources and sinks that are configured no more has no health.
  const ill = [...feeds.filter((one) => !without(one)), ...sinks].filter(
    ({ health }) => health !== undefined && !WELL.has(health),
  );
  return (
    running &&
    unwritable === undefined &&
    ill.length === 0 &&
    setAside.length === 0 &&
    configuration?.refusal === undefined
  );
}

function lettersOf(sink: string, { retrying, retried, dropped }: JournalAccount): Pick<SinkView, 'letters'> {
  const letters = { retrying: retrying[sink] ?? 0, retried: retried[sink] ?? {}, dropped: dropped[sink] ?? 0 };
  const isAny = letters.retrying + letters.dropped + Object.keys(letters.retried).length > 0;
  return isAny ? { letters } : {};
}

function agentText({ running, silent }: StatusView): string {
  if (running) return 'running';
  if (silent !== true) return 'not running: health is not known, and what follows is what the journal says';
  return 'a process holds the journal and does not answer: it is just starting or ending, or it hangs (end it with kill -9, nothing is lost); what follows is what the journal says';
}

/** A few lines for a human. */
export function statusText(view: StatusView): string {
  const { journal, feeds, sinks, unusable, outside, room, drift, unwritable, setAside = [] } = view;
  const share = room.maxBytes === 0 ? 0 : Math.round((100 * room.bytes) / room.maxBytes);
  const lines = [
    `journal  ${journal}: ${room.entries} entries, ${mebibytes(room.bytes)} of ${mebibytes(room.maxBytes)} MiB (${share} %)`,
    `agent    ${agentText(view)}`,
    ...configurationLines(view),
    ...(unwritable === undefined ? [] : [`           since ${unwritable.since}: ${printable(unwritable.problem)}`]),
    ...setAside.flatMap(({ path, bytes, atMs, problem }) => [
      `damaged  ${path}: a journal of ${mebibytes(bytes)} MiB, set aside at ${timeOf(atMs / 1_000)}; a new one was begun`,
      `           ${problem}`,
      `           audit-relay journal export --salvage --journal ${path} brings out what can be read; take the folder away to end this`,
    ]),
    ...feeds.flatMap(feedLines),
    ...Object.entries(unusable).map(
      ([source, count]) =>
        `unusable ${source}: ${count} record(s) without a usable id, which reach no sink: audit-relay dead-letters list`,
    ),
    `outside  ${outside}`,
    ...sinks.flatMap(sinkLines),
    ...driftLines(drift),
  ];
  return `${lines.join('\n')}\n`;
}

function feedLines(view: FeedView): readonly string[] {
  const { source, feed, health, completeTo, start, gaps, passes } = view;
  const since = start === undefined ? '' : ` since ${start}`;
  const progress = completeTo === undefined ? `nothing read yet${since}` : `complete from ${start} to ${completeTo}`;
  return [
    `feed     ${source}/${feed}: ${health === undefined ? '' : `${health}, `}${progress}`,
    ...Object.entries(passes).map(([lookback, at]) => `           ${lookback} last read at ${at}`),
    ...gaps.map(({ from, to }) => `           not read yet: ${from} to ${to}`),
    ...oddLines(view),
    ...problemLines(view),
  ];
}

/** Nothing while all is well. */
function problemLines({ problem, problemSince }: Pick<FeedView, 'problem' | 'problemSince'>): readonly string[] {
  if (problem === undefined) return [];
  return [`           ${problemSince === undefined ? '' : `since ${problemSince}: `}${printable(problem)}`];
}

/** Nothing while nothing is odd. */
function oddLines({ conditions = {}, late, pagesInVain = 0 }: FeedView): readonly string[] {
  const odd = Object.entries(conditions).map(([name, times]) => `${name.toUpperCase()} (${times})`);
  return [
    ...(odd.length === 0 ? [] : [`           odd about the API: ${odd.join(', ')}; see docs/ERRORS.md`]),
    ...(pagesInVain === 0 ? [] : [`           pages read once more: ${pagesInVain}`]),
    ...(late === undefined || late.count === 0
      ? []
      : [`           found late: ${late.count} events, ${late.maxSeconds} s after they happened at most`]),
  ];
}

function sinkLines(view: SinkView): readonly string[] {
  const { sink, health, behind, behindSince, deadLetters, filterErrors = 0, counts = {} } = view;
  const { exclusions = [] } = view;
  const lag = behind === 0 ? 'has everything' : `behind by ${behind} since ${behindSince ?? 'an unknown time'}`;
  const letters = deadLetters === 0 ? '' : `, ${deadLetters} dead letter(s)`;
  return [
    `sink     ${sink}: ${health === undefined ? '' : `${health}, `}${lag}${letters}`,
    ...lawLines(view),
    ...letterLines(view),
    ...replayLines(view),
    ...exclusions.map(({ events }) => `           excludes ${events}`),
    ...(filterErrors === 0
      ? []
      : [`           passed as \`when\` could not decide: ${filterErrors}; the log names the field`]),
    ...(Object.keys(counts).length === 0 ? [] : [`           the sink counts: ${named(counts)}`]),
    ...problemLines(view),
  ];
}

/** The law of the journal in figures: where it does not hold, that is said too. */
function lawLines({ law }: SinkView): readonly string[] {
  if (law === undefined) return [];
  const { journaled, acked, deadLettered, excluded, held } = law;
  const left = Object.values(excluded).reduce((sum, count) => sum + count, 0);
  const sign = journaled === acked + deadLettered + left + held ? '=' : '≠';
  const by = Object.entries(excluded).map(([rule, count]) => `${count} by ${rule}`);
  const why = left === 0 ? '' : ` (${by.join(', ')})`;
  return [
    `           journaled ${journaled} ${sign} ${acked} acked + ${deadLettered} dead-lettered + ${left} excluded${why} + ${held} held`,
  ];
}

/** What was done with dead letters, which changes nothing of the law; and where to look at those that there are. */
function letterLines({ deadLetters, letters }: SinkView): readonly string[] {
  const { retrying = 0, retried = {}, dropped = 0 } = letters ?? {};
  const left = Object.values(retried).reduce((sum, count) => sum + count, 0);
  const done = [
    ...(deadLetters === 0 ? [] : ['audit-relay dead-letters list shows them']),
    ...(retrying === 0 ? [] : [`${retrying} go again`]),
    ...(left === 0 ? [] : [`${left} retried`]),
    ...(dropped === 0 ? [] : [`${dropped} dropped`]),
  ];
  return done.length === 0 ? [] : [`           dead letters: ${done.join(', ')}`];
}

function named(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} (${count})`)
    .join(', ');
}

/** Nothing while there is nothing new. */
function driftLines(drift: StatusView['drift']): readonly string[] {
  const types = named(drift?.types ?? {});
  const fields = named(drift?.fields ?? {});
  return [
    ...(types === '' ? [] : [`new      types of events that this version does not know: ${types}`]),
    ...(fields === '' ? [] : [`new      fields that this version does not know: ${fields}`]),
  ];
}

function liveOf(
  feed: FeedStatus | undefined,
): Pick<FeedView, 'health' | 'problem' | 'cause' | 'problemSince' | 'conditions' | 'late' | 'pagesInVain'> {
  if (feed === undefined) return {};
  const { cause, conditions, late, pagesInVain } = feed;
  const { count, maxSeconds } = late;
  return {
    ...healthOf(feed),
    ...(cause === undefined ? {} : { cause }),
    conditions,
    late: { count, maxSeconds },
    pagesInVain,
  };
}

function laneOf(
  lane: RelayStatus['lanes'][string] | undefined,
): Pick<SinkView, 'health' | 'problem' | 'problemSince' | 'filterErrors' | 'counts' | 'exclusions'> {
  if (lane === undefined) return {};
  const { filterErrors, counts, exclusions } = lane;
  return { ...healthOf(lane), filterErrors, counts, ...exclusionsOf(exclusions) };
}

/** Nothing where there are none, or an agent of an earlier version does not say. */
function exclusionsOf(rules: readonly ExclusionRule[] | undefined): Pick<SinkView, 'exclusions'> {
  return rules === undefined || rules.length === 0
    ? {}
    : {
        exclusions: rules.map(({ name, events, maxAgeMs }) => ({
          name,
          events,
          ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
        })),
      };
}

function healthOf(
  of: { readonly health: string; readonly problem?: string; readonly problemSinceMs?: number } | undefined,
): Pick<FeedView, 'health' | 'problem' | 'problemSince'> {
  if (of === undefined) return {};
  const { health, problem, problemSinceMs: sinceMs } = of;
  return {
    health,
    ...(problem === undefined ? {} : { problem }),
    ...(sinceMs === undefined ? {} : { problemSince: timeOf(sinceMs / 1_000) }),
  };
}

function progressOf(
  checkpoint: CheckpointAccount | undefined,
): Pick<FeedView, 'start' | 'completeTo' | 'gaps' | 'passes'> {
  if (checkpoint === undefined) return { gaps: [], passes: {} };
  const { startSeconds, done, passes, asked = [], again = [] } = checkpoint;
  // What was asked for from before the start is done too, and says nothing about the feed's own progress.
  const own = done.filter(({ to }) => to > startSeconds);
  const first = own[0];
  const ends = [startSeconds, ...own.map(({ to }) => to)];
  const between = own.map(({ from }, index) => ({ from: ends[index] ?? from, to: from }));
  const gaps = [...asked, ...between, ...again].filter(({ from, to }) => from < to);
  const isBegun = first !== undefined && first.from <= startSeconds;
  return {
    start: timeOf(startSeconds),
    ...(isBegun ? { completeTo: timeOf(first.to) } : {}),
    gaps: gaps.map(({ from, to }) => ({ from: timeOf(from), to: timeOf(to) })),
    passes: isBegun ? Object.fromEntries(Object.entries(passes).map(([lookback, at]) => [lookback, timeOf(at)])) : {},
  };
}

function timeOf(seconds: number): string {
  return new Date(Math.floor(seconds) * 1_000).toISOString().replace('.000Z', 'Z');
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}
