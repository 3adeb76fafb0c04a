/** A table that fits: columns that there is no room for are left out, and what is left of the line is for a sparkline. */
import cliTruncate from 'cli-truncate';
import sparkly from 'sparkly';
import type { Rates } from './history.ts';
import type { Paint, Tone } from './paint.ts';

export interface Column<Row> {
  readonly title: string;
  /** In characters; text that is longer is cut. */
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Shown on terminals that are at least so wide. */
  readonly from: number;
  text(row: Row): string;
  tone?(row: Row): Tone;
}

export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  rates(row: Row): Rates;
  readonly width: number;
  readonly paint: Paint;
}

/** Less is no picture. */
const NARROWEST_SPARK = 4;
const WIDEST_SPARK = 60;

/** A line for the titles and one for each row, none wider than `width`. */
export function tableLines<Row>({ columns, rows, rates, width, paint }: TableOptions<Row>): readonly string[] {
  const shown = columns.filter(({ from }) => width >= from);
  const taken = shown.reduce((sum, column) => sum + column.width + 1, 0);
  const room = Math.min(width - taken, WIDEST_SPARK);
  const titles = shown.map((column) => fitted(column.title.toUpperCase(), column, paint)).join(' ');
  const lines = rows.map((row) => {
    const cells = shown.map((column) => {
      const text = fitted(column.text(row), column, paint);
      return column.tone === undefined ? text : paint.as(column.tone(row), text);
    });
    const spark = room < NARROWEST_SPARK || !paint.isUnicode ? '' : sparkOf(rates(row), room);
    return [...cells, spark].join(' ').trimEnd();
  });
  return [paint.as('dim', titles.trimEnd()), ...lines].map((line) => cut(line, width, paint));
}

/** The newest at its right end; nothing at all is a line at the bottom. */
export function sparkOf(rates: Rates, room: number): string {
  const last = rates.slice(-room);
  const known = last.flatMap((rate) => rate ?? []);
  if (known.length === 0) return '';
  const maximum = Math.max(...known);
  return sparkly(
    last.map((rate) => rate ?? ''),
    { minimum: 0, maximum },
  );
}

export function cut(line: string, width: number, { isUnicode }: Pick<Paint, 'isUnicode'>): string {
  return cliTruncate(line, width, { truncationCharacter: isUnicode ? '…' : '~' });
}

function fitted(
  text: string,
  { width, align }: { readonly width: number; readonly align: string },
  paint: Paint,
): string {
  const short = cut(text, width, paint);
  const space = ' '.repeat(Math.max(width - short.length, 0));
  return align === 'left' ? short + space : space + short;
}
