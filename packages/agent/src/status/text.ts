/** What `audit-relay status` says, in lines for a person. */
import { ERRORS_PAGE } from '../errors-page.ts';
import { lengthText } from '../point-in-time.ts';
import { printable } from '../printable.ts';
import { replayLines } from '../replay/status.ts';
import { configurationLines } from './configuration.ts';
import type { FeedView } from './feed.ts';
import type { SinkView } from './sink.ts';
import { timeOf } from './time.ts';
import type { StatusView } from './view.ts';

/** Of the stretches that are not read yet, so many of a feed; `--json` has all. */
const GAPS_SHOWN = 5;
/** Two clocks further apart than that are worth a word. */
const CLOCK_MS = 5_000;

/** A few lines, each part's own below it. */
export function statusText(view: StatusView): string {
  const { feeds, sinks, unusable, unusableDropped, outside } = view;
  const lines = [
    ...journalLines(view),
    `agent    ${agentText(view)}`,
    ...configurationLines(view),
    ...feeds.flatMap(feedLines),
    ...sourceLines(view),
    ...Object.entries(unusable).map(
      ([source, count]) =>
        `unusable ${source}: ${count} record(s) without a usable id, which reach no sink: audit-relay dead-letters list`,
    ),
    ...Object.entries(unusableDropped).map(
      ([source, count]) => `unusable ${source}: ${count} record(s) without a usable id were dropped`,
    ),
    `outside  ${outside}`,
    ...sinks.flatMap(sinkLines),
    ...driftLines(view.drift),
    ...(showsCodes(view) ? [`codes    ${ERRORS_PAGE}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether there is one to look up. */
export function showsCodes({ feeds, unwritable, setAside = [], configuration }: StatusView): boolean {
  const isOdd = ({ conditions = {} }: FeedView): boolean => Object.keys(conditions).length > 0;
  return unwritable !== undefined || setAside.length > 0 || configuration?.refusal !== undefined || feeds.some(isOdd);
}

function journalLines({ journal, room, unwritable, fullBecauseOf, setAside = [] }: StatusView): readonly string[] {
  const share = room.maxBytes === 0 ? 0 : Math.round((100 * room.bytes) / room.maxBytes);
  const oldest = room.oldest === undefined ? '' : `, the oldest received at ${room.oldest}`;
  return [
    `journal  ${journal}: ${room.entries} entries${oldest}`,
    `           ${mebibytes(room.bytes)} of ${mebibytes(room.maxBytes)} MiB (${share} %), of which ${mebibytes(room.pinnedBytes)} MiB may not leave yet`,
    ...(fullBecauseOf === undefined
      ? []
      : [`           full because of ${fullBecauseOf}: the sources wait; mend that, or raise journal.max_bytes`]),
    ...(unwritable === undefined
      ? []
      : [`           since ${unwritable.since}: ${unwritable.code}: ${printable(unwritable.problem)}`]),
    ...setAside.flatMap(({ path, bytes, atMs, code, problem }) => [
      `damaged  ${path}: a journal of ${mebibytes(bytes)} MiB, set aside at ${timeOf(atMs / 1_000)}; a new one was begun`,
      `           ${code}: ${problem}`,
      `           audit-relay journal export --salvage --journal ${path} brings out what can be read; take the folder away to end this`,
    ]),
  ];
}

function agentText({ running, silent, agent }: StatusView): string {
  if (running) {
    return agent === undefined ? 'running' : `running: ${agent.name}, version ${agent.version}, since ${agent.since}`;
  }
  if (silent !== true) return 'not running: health is not known, and what follows is what the journal says';
  return 'a process holds the journal and does not answer: it is just starting or ending, or it hangs (end it with kill -9, nothing is lost); what follows is what the journal says';
}

function feedLines(view: FeedView): readonly string[] {
  const { source, feed, health, completeTo, start, passes } = view;
  const since = start === undefined ? '' : ` since ${start}`;
  const progress = completeTo === undefined ? `nothing read yet${since}` : `complete from ${start} to ${completeTo}`;
  return [
    `feed     ${source}/${feed}: ${health === undefined ? '' : `${health}, `}${progress}`,
    ...problemLines(view),
    ...answerLines(view),
    ...Object.entries(passes).map(([lookback, at]) => `           ${lookback} last read at ${at}`),
    ...gapLines(view),
    ...oddLines(view),
  ];
}

/** Nothing while no agent runs, or no answer has come. */
function answerLines({ lastAnswer, newestEvent, journaled = 0, requests = 0 }: FeedView): readonly string[] {
  if (lastAnswer === undefined) return [];
  const newest = newestEvent === undefined ? 'no event yet' : `newest event at ${newestEvent}`;
  return [
    `           last answer at ${lastAnswer}, ${newest}; ${journaled} journaled by ${requests} requests since the start`,
  ];
}

function gapLines({ gaps, backfillSeconds = 0 }: FeedView): readonly string[] {
  const shown = gaps.slice(0, GAPS_SHOWN);
  const more = gaps.length - shown.length;
  return [
    ...(backfillSeconds === 0 ? [] : [`           to backfill: ${lengthText(backfillSeconds)}`]),
    ...shown.map(({ from, to }) => `           not read yet: ${from} to ${to}`),
    ...(more === 0 ? [] : [`           and ${more} more: audit-relay status --json`]),
  ];
}

/** Nothing while all is well. */
function problemLines({
  problem,
  problemSince,
  cause,
}: Pick<FeedView, 'problem' | 'problemSince' | 'cause'>): readonly string[] {
  if (problem === undefined) return [];
  const word = cause === undefined ? '' : ` (${cause})`;
  return [`           ${problemSince === undefined ? '' : `since ${problemSince}: `}${printable(problem)}${word}`];
}

/** Nothing while nothing is odd. */
function oddLines({ conditions = {}, late, pagesInVain = 0 }: FeedView): readonly string[] {
  const odd = Object.entries(conditions).map(([name, times]) => `${name.toUpperCase()} (${times})`);
  return [
    ...(odd.length === 0 ? [] : [`           odd about the API: ${odd.join(', ')}`]),
    ...(pagesInVain === 0 ? [] : [`           pages read once more: ${pagesInVain}`]),
    ...(late === undefined || late.count === 0
      ? []
      : [`           found late: ${late.count} events, ${late.maxSeconds} s after they happened at most`]),
  ];
}

/** Nothing while every answer was a page and the clocks agree. */
function sourceLines({ sources = {} }: StatusView): readonly string[] {
  return Object.entries(sources).flatMap(([source, { failures, clockOffsetMs = 0 }]) => [
    ...(Object.keys(failures).length === 0
      ? []
      : [`source   ${source}: answers that were no page since the start: ${named(failures)}`]),
    ...(Math.abs(clockOffsetMs) < CLOCK_MS
      ? []
      : [
          `source   ${source}: the API’s clock is ${Math.round(Math.abs(clockOffsetMs) / 1_000)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this host’s`,
        ]),
  ]);
}

function sinkLines(view: SinkView): readonly string[] {
  const { sink, type, format, health, behind, behindSince, deadLetters, filterErrors = 0, counts = {} } = view;
  const { exclusions = [] } = view;
  const lag = behind === 0 ? 'has everything' : `behind by ${behind} since ${behindSince ?? 'an unknown time'}`;
  const letters = deadLetters === 0 ? '' : `, ${deadLetters} dead letter(s)`;
  const kind = type === undefined ? '' : ` (${type}, ${format})`;
  return [
    `sink     ${sink}${kind}: ${health === undefined ? '' : `${health}, `}${lag}${letters}`,
    ...problemLines(view),
    ...sendingLines(view),
    ...lawLines(view),
    ...letterLines(view),
    ...replayLines(view),
    ...exclusions.map(({ events }) => `           excludes ${events}`),
    ...(filterErrors === 0
      ? []
      : [`           passed as \`when\` could not decide: ${filterErrors}; the log names the field`]),
    ...(Object.keys(counts).length === 0 ? [] : [`           the sink counts: ${named(counts)}`]),
  ];
}

/** Nothing while no agent runs. */
function sendingLines(view: SinkView): readonly string[] {
  const { inFlight, concurrency, unackedBytes, parked = 0, sentAgain = 0, lastAck } = view;
  if (inFlight === undefined) return [];
  const parts = [
    `${inFlight} of at most ${concurrency} batch(es) on their way`,
    ...(unackedBytes === undefined ? [] : [`${mebibytes(unackedBytes)} MiB not confirmed`]),
    ...(parked === 0 ? [] : [`${parked} event(s) wait for another try`]),
    ...(sentAgain === 0 ? [] : [`${sentAgain} sent again since the start`]),
    lastAck === undefined ? 'no ack yet' : `last ack at ${lastAck}`,
  ];
  return [`           ${parts.join(', ')}`];
}

/** The law of the journal in figures: where it does not hold, that is said too. */
function lawLines({ law }: SinkView): readonly string[] {
  if (law === undefined) return [];
  const { journaled, acked, deadLettered, excluded, held, gone = 0, unreadable = 0 } = law;
  const left = Object.values(excluded).reduce((sum, count) => sum + count, 0);
  const sign = journaled === acked + deadLettered + left + held ? '=' : '≠';
  const by = Object.entries(excluded).map(([rule, count]) => `${count} by ${rule}`);
  const why = left === 0 ? '' : ` (${by.join(', ')})`;
  return [
    `           journaled ${journaled} ${sign} ${acked} acked + ${deadLettered} dead-lettered + ${left} excluded${why} + ${held} held`,
    ...(gone === 0
      ? []
      : [`           ${gone} gone: they left the journal while the sink was away, and it never had them`]),
    ...(unreadable === 0
      ? []
      : [`           ${unreadable} unreadable: they are damaged; see audit-relay journal check`]),
  ];
}

/** What was done with dead letters, which changes nothing of the law; and where to look at those that there are. */
function letterLines({ deadLetters, letters }: SinkView): readonly string[] {
  const { retrying = 0, retried = {}, dropped = 0 } = letters ?? {};
  const done = [
    ...(deadLetters === 0 ? [] : ['audit-relay dead-letters list shows them']),
    ...(retrying === 0 ? [] : [`${retrying} go again`]),
    ...(Object.keys(retried).length === 0 ? [] : [`retried: ${named(retried)}`]),
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

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}
