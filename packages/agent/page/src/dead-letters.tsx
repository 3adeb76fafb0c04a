/** Dead letters: why each was refused, and the command that sends it again. What they hold is not shown here. */
import type { JSX } from 'preact';
import type { DeadLetterHead } from '../../src/dead-letters/item.ts';
import { ago, count } from './format.ts';
import type { State, Status } from './model.ts';
import { Named } from './sinks.tsx';
import { type Column, Table } from './table.tsx';

interface Row extends DeadLetterHead {
  readonly nowMs: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Dead letter', cell: ({ id }) => <code>{id}</code> },
  { title: 'Reason', cell: ({ kind, reason }) => <Named name={reason} detail={kind.replaceAll('_', ' ')} /> },
  { title: 'Event', cell: ({ event }) => (event === undefined ? '–' : <Named name={event.type} detail={event.id} />) },
  { title: 'Tried', isFigure: true, cell: ({ attempts }) => `${count(attempts)} ×` },
  { title: 'Set aside', isFigure: true, cell: ({ last, nowMs }) => ago(Date.parse(last), nowMs) },
  {
    title: 'Send it again',
    cell: ({ id, retryAsked }) =>
      retryAsked === undefined ? (
        <code class="command">audit-relay dead-letters retry {id}</code>
      ) : (
        'asked for, goes again'
      ),
  },
];

export function DeadLetters({ state, status }: { readonly state: State; readonly status: Status }): JSX.Element {
  const all = Object.values(status.journal.deadLetters).reduce((sum, each) => sum + each, 0);
  const unusable = Object.entries(status.journal.malformedRecords);
  const dropped = Object.values(status.journal.droppedMalformedRecords).reduce((sum, each) => sum + each, 0);
  const rows = Object.values(state.letters)
    .flat()
    .toSorted((a, b) => b.last.localeCompare(a.last))
    .map((head) => ({ ...head, nowMs: status.atMs }));
  return (
    <section aria-labelledby="letters">
      <h2 id="letters">
        Dead letters <span class="tally">{count(all)}</span>
      </h2>
      {all === 0 ? <p class="about">None: no sink has refused an event for good.</p> : null}
      {rows.length === 0 ? null : <Table label="Dead letters" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      {all > rows.length && rows.length > 0 ? (
        <p class="about">
          The newest {count(rows.length)} of {count(all)}; all of them: <code>audit-relay dead-letters list</code>
        </p>
      ) : null}
      {unusable.map(([source, n]) => (
        <p class="about" key={source}>
          {count(n)} records of {source} have no usable id and reach no sink: <code>audit-relay dead-letters list</code>
        </p>
      ))}
      {dropped === 0 ? null : <p class="about">{count(dropped)} such records were dropped.</p>}
    </section>
  );
}
