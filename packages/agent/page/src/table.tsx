/**
 * A table that becomes a card for each row where the screen is narrow. Its roles are said in so many words, as browsers
 * forget them when a table's parts are displayed otherwise.
 */
import type { ComponentChildren, JSX } from 'preact';

export interface Column<Row> {
  readonly title: string;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
  cell(row: Row): ComponentChildren;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** Lines below a row, over all its width. */
  notes?(row: Row): readonly string[];
}

export function Table<Row>({ label, columns, rows, keyOf, notes }: TableProps<Row>): JSX.Element {
  return (
    <table role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isFigure = false }) => (
            <th key={title} role="columnheader" scope="col" class={isFigure ? 'figure' : ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => {
          const lines = notes?.(row) ?? [];
          return [
            <tr role="row" key={keyOf(row)} class={lines.length === 0 ? '' : 'noted'}>
              {columns.map(({ title, isFigure = false, cell }, at) =>
                at === 0 ? (
                  <th key={title} role="rowheader" scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} role="cell" data-title={title} class={isFigure ? 'figure' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>,
            lines.length === 0 ? null : (
              <tr role="row" key={`${keyOf(row)} note`} class="note">
                <td role="cell" colSpan={columns.length}>
                  <ul>
                    {lines.map((line) => (
                      <li key={line}>{line}</li>
                    ))}
                  </ul>
                </td>
              </tr>
            ),
          ];
        })}
      </tbody>
    </table>
  );
}
