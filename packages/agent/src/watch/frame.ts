/** One picture of `status --watch`: everything that is not well is in it, in words, however small the terminal is. */

import wrapAnsi from 'wrap-ansi';
import { EACH_CODE } from '../errors-page.ts';
import { printable } from '../printable.ts';
import type { FeedView } from '../status/feed.ts';
import type { SinkView } from '../status/sink.ts';
import { showsCodes } from '../status/text.ts';
import type { StatusView } from '../status/view.ts';
import type { History, Rates } from './history.ts';
import type { Paint, Tone } from './paint.ts';
import { type Column, cut, tableLines } from './table.ts';

export interface FrameOptions {
  readonly view: StatusView;
  readonly history: History;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly paint: Paint;
  /** This host's clock, for what is shown as an age. */
  readonly nowMs: number;
}

/** What a problem may take up; all of it is in `audit-relay status`. */
const PROBLEM_LINES = 3;

/** No more lines than the terminal has, and none wider. */
export function frameLines(options: FrameOptions): readonly string[] {
  const { view, size, paint } = options;
  const { feeds, sinks } = view;
  const lines = [
    ...headLines(options),
    '',
    ...(feeds.length === 0 ? [] : [...feedTable(options), ...problemLines(feedProblems(feeds), options), '']),
    ...(sinks.length === 0 ? [] : [...sinkTable(options), ...problemLines(sinkProblems(sinks), options)]),
    ...(showsCodes(view) ? ['', ...wrapped(EACH_CODE, size.columns).map((line) => paint.as('dim', line))] : []),
  ].map((line) => cut(line, size.columns, paint));
  if (lines.length <= size.rows) return lines;
  const more = cut(`${lines.length - size.rows + 1} more lines: audit-relay status`, size.columns, paint);
  return [...lines.slice(0, Math.max(size.rows - 1, 0)), paint.as('dim', more)];
}

function headLines(options: FrameOptions): readonly string[] {
  const { view, paint, nowMs, size } = options;
  const { room, configuration, setAside = [], unusable, unwritable, fullBecauseOf } = view;
  const agent = view.running
    ? paint.as('good', 'running')
    : paint.as('bad', view.silent === true ? 'silent' : 'not running');
  const share = room.maxBytes === 0 ? 0 : Math.round((100 * room.bytes) / room.maxBytes);
  const held = `${share} % of ${bytesText(room.maxBytes)}, ${countText(room.entries)} events held`;
  const clock = new Date(nowMs).toISOString().slice(11, 19);
  const notes: [what: string, problem: string][] = [
    ...(unwritable === undefined ? [] : [['journal', `${unwritable.code}: ${unwritable.problem}`] as [string, string]]),
    ...(fullBecauseOf === undefined
      ? []
      : [['journal', `full because of ${fullBecauseOf}; the sources wait`] as [string, string]]),
    ...(configuration?.refusal === undefined
      ? []
      : [['configuration', configuration.refusal.problem] as [string, string]]),
    ...setAside.map(({ path }): [string, string] => ['journal', `a damaged one stands aside in ${path}`]),
    ...Object.entries(unusable).map(([source, count]): [string, string] => [
      source,
      `${count} record(s) without a usable id: audit-relay dead-letters list`,
    ]),
  ];
  const title = `${paint.as('bold', 'audit-relay')} ${agent}`;
  return [size.columns < 40 ? title : `${title}  ${clock}Z`, `journal ${held}`, ...problemLines(notes, options)];
}

function feedTable({ view, history, size, paint, nowMs }: FrameOptions): readonly string[] {
  const nameOf = ({ source, feed }: FeedView): string => `${source}/${feed}`;
  const ratesOf = ({ source, feed }: FeedView): Rates => history.feed(source, feed);
  const columns: readonly Column<FeedView>[] = [
    nameColumn('source', nameWidth(view, size), nameOf),
    healthColumn(),
    {
      title: 'lag',
      width: 8,
      align: 'right',
      from: 56,
      text: ({ completeTo }) => (completeTo === undefined ? '-' : ageText(nowMs - Date.parse(completeTo))),
    },
    { title: 'late', width: 6, align: 'right', from: 90, text: ({ late }) => countText(late?.count) },
    rateColumn(ratesOf),
  ];
  return tableLines({ columns, rows: view.feeds, rates: ratesOf, width: size.columns, paint });
}

function sinkTable({ view, history, size, paint, nowMs }: FrameOptions): readonly string[] {
  const ratesOf = ({ sink }: SinkView): Rates => history.sink(sink);
  const nameOf = ({ sink }: SinkView): string => sink;
  const columns: readonly Column<SinkView>[] = [
    nameColumn('sink', nameWidth(view, size), nameOf),
    healthColumn(),
    {
      title: 'behind',
      width: 7,
      align: 'right',
      from: 32,
      text: ({ behind }) => countText(behind),
      tone: ({ behind, health }) => (behind > 0 && health !== 'ok' ? 'doubtful' : 'plain'),
    },
    {
      title: 'since',
      width: 6,
      align: 'right',
      from: 70,
      text: ({ behindSince }) => (behindSince === undefined ? '' : ageText(nowMs - Date.parse(behindSince))),
    },
    {
      title: 'dead',
      width: 6,
      align: 'right',
      from: 62,
      text: ({ deadLetters }) => countText(deadLetters),
      tone: ({ deadLetters }) => (deadLetters > 0 ? 'bad' : 'plain'),
    },
    rateColumn(ratesOf),
  ];
  return tableLines({ columns, rows: view.sinks, rates: ratesOf, width: size.columns, paint });
}

/** One for both tables, so that what stands below one another belongs together. */
function nameWidth({ feeds, sinks }: StatusView, { columns }: FrameOptions['size']): number {
  const names = [...feeds.map(({ source, feed }) => `${source}/${feed}`), ...sinks.map(({ sink }) => sink), 'source'];
  return Math.min(Math.max(...names.map(({ length }) => length)), Math.max(Math.floor(columns / 3), 8));
}

function nameColumn<Row>(title: string, width: number, text: (row: Row) => string): Column<Row> {
  return { title, width, align: 'left', from: 0, text };
}

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  quiet: 'good',
  starting: 'dim',
  standby: 'dim',
  retrying: 'doubtful',
  unsure: 'doubtful',
  waiting_for_room: 'doubtful',
};

function healthColumn<Row extends { readonly health?: string }>(): Column<Row> {
  return {
    title: 'health',
    width: 8,
    align: 'left',
    from: 0,
    text: ({ health = '-' }) => (health === 'waiting_for_room' ? 'no room' : health),
    tone: ({ health }) => (health === undefined ? 'dim' : (TONES[health] ?? 'bad')),
  };
}

function rateColumn<Row>(ratesOf: (row: Row) => Rates): Column<Row> {
  return { title: 'ev/s', width: 6, align: 'right', from: 28, text: (row) => rateText(ratesOf(row).at(-1)) };
}

function feedProblems(feeds: readonly FeedView[]): [string, string][] {
  return feeds.flatMap(({ source, feed, problem }) => (problem === undefined ? [] : [[`${source}/${feed}`, problem]]));
}

function sinkProblems(sinks: readonly SinkView[]): [string, string][] {
  return sinks.flatMap(({ sink, problem }) => (problem === undefined ? [] : [[sink, problem]]));
}

function problemLines(
  problems: readonly [what: string, problem: string][],
  { size, paint }: FrameOptions,
): readonly string[] {
  return problems.flatMap(([what, problem]) => {
    const text = `${what}: ${printable(problem)}`;
    const lines = wrapped(text, size.columns - 2);
    const last = lines.length > PROBLEM_LINES ? [`${lines[PROBLEM_LINES - 1]} ${lines[PROBLEM_LINES]}`] : [];
    const shown = last.length === 0 ? lines : [...lines.slice(0, PROBLEM_LINES - 1), ...last];
    return shown.map((line) => paint.as('bad', cut(`  ${line}`, size.columns, paint)));
  });
}

function wrapped(text: string, columns: number): readonly string[] {
  return wrapAnsi(text, Math.max(columns, 1), { hard: true }).split('\n');
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `9999`, `12.3K`; nothing where it is not known. */
function countText(count: number | undefined): string {
  if (count === undefined) return '';
  return count < 10_000 ? String(count) : COMPACT.format(count);
}

function rateText(rate: number | undefined): string {
  if (rate === undefined) return '-';
  return rate < 100 ? rate.toFixed(1) : countText(Math.round(rate));
}

function ageText(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1_000), 0);
  const units: readonly [unit: string, seconds: number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ];
  const [unit, length] = units.find(([, least]) => seconds >= 2 * least) ?? ['s', 1];
  return `${Math.floor(seconds / length)}${unit}`;
}

function bytesText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${Number((bytes / 2 ** 30).toFixed(1))} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
