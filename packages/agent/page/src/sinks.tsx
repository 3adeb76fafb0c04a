/** Sinks: how each fares and how far it is behind, and the law that accounts for every event. */
import type { JSX } from 'preact';
import { Badge, Mark } from './badge.tsx';
import { ago, bytes, count, duration, utc } from './format.ts';
import type { LaneStatus, Status } from './model.ts';
import { type Column, Table } from './table.tsx';

interface Row {
  readonly name: string;
  readonly lane: LaneStatus;
  readonly status: Status;
}

type Law = NonNullable<Status['journal']['lanes'][string]['law']>;

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Sink', cell: ({ name, lane }) => <Named name={name} detail={`${lane.type}, ${lane.format}`} /> },
  { title: 'Health', cell: ({ lane }) => <Badge health={lane.health} /> },
  { title: 'Behind', isFigure: true, cell: behind },
  { title: '95 % delivered within', isFigure: true, cell: ({ lane }) => within95(lane) },
  { title: 'On their way', isFigure: true, cell: ({ lane }) => onTheirWay(lane) },
  { title: 'Sent again', isFigure: true, cell: ({ lane }) => count(lane.replayed) },
  { title: 'Dead letters', isFigure: true, cell: ({ name, status }) => count(status.journal.deadLetters[name] ?? 0) },
  {
    title: 'Last ack',
    isFigure: true,
    cell: ({ lane, status }) => (lane.lastAckMs === undefined ? 'none yet' : ago(lane.lastAckMs, status.atMs)),
  },
];

export function Sinks({ status }: { readonly status: Status }): JSX.Element {
  const rows = rowsOf(status);
  return (
    <section aria-labelledby="sinks">
      <h2 id="sinks">Sinks</h2>
      <Table label="Sinks" columns={COLUMNS} rows={rows} keyOf={({ name }) => name} notes={notesOf} />
    </section>
  );
}

export function Conservation({ status }: { readonly status: Status }): JSX.Element {
  const rows = rowsOf(status).filter(({ name }) => lawOf(status, name) !== undefined);
  return (
    <section aria-labelledby="law">
      <h2 id="law">Every event accounted for</h2>
      <p class="about">For each sink, since its first start: journaled = acked + dead-lettered + excluded + held.</p>
      <Table
        label="Every event accounted for"
        columns={LAW}
        rows={rows}
        keyOf={({ name }) => name}
        notes={({ name, status: of }) => excludedBy(lawOf(of, name))}
      />
    </section>
  );
}

const LAW: readonly Column<Row>[] = [
  { title: 'Sink', cell: ({ name }) => name },
  { title: 'Journaled', isFigure: true, cell: figure((law) => law.journaled) },
  { title: '= Acked', isFigure: true, cell: figure((law) => law.acked) },
  { title: '+ Dead-lettered', isFigure: true, cell: figure((law) => law.deadLettered) },
  { title: '+ Excluded', isFigure: true, cell: figure(excludedOf) },
  { title: '+ Held', isFigure: true, cell: figure((law) => law.held) },
  { title: 'Sum', isFigure: true, cell: ({ name, status }) => <Sum law={lawOf(status, name)} /> },
];

function Sum({ law }: { readonly law: Law | undefined }): JSX.Element {
  const holds = law !== undefined && law.journaled === law.acked + law.deadLettered + excludedOf(law) + law.held;
  return (
    <span class="sum">
      <Mark level={holds ? 'ok' : 'bad'} />
      {[holds ? 'adds up' : 'does not add up', ...missingOf(law)].join(', ')}
    </span>
  );
}

function missingOf({ gone = 0, unreadable = 0 }: Partial<Law> = {}): readonly string[] {
  return [
    ...(gone === 0 ? [] : [`${count(gone)} gone`]),
    ...(unreadable === 0 ? [] : [`${count(unreadable)} unreadable`]),
  ];
}

function figure(of: (law: Law) => number): Column<Row>['cell'] {
  return ({ name, status }) => {
    const law = lawOf(status, name);
    return law === undefined ? '–' : count(of(law));
  };
}

function lawOf({ journal }: Status, name: string): Law | undefined {
  return journal.lanes[name]?.law;
}

function excludedOf({ excluded }: Law): number {
  return Object.values(excluded).reduce((sum, each) => sum + each, 0);
}

function rowsOf(status: Status): readonly Row[] {
  return Object.entries(status.lanes).map(([name, lane]) => ({ name, lane, status }));
}

function behind({ name, status }: Row): string {
  const { behindEntries = 0, behindSinceMs } = status.journal.lanes[name] ?? {};
  if (behindEntries === 0) return 'nothing';
  const since = behindSinceMs === undefined ? '' : `, ${duration(status.atMs - behindSinceMs)}`;
  return `${count(behindEntries)}${since}`;
}

/** Batches, how many may be, and what the peer has not confirmed where the sink bounds it. */
function onTheirWay({ inFlightBatches, concurrency, unackedBytes }: LaneStatus): string {
  const unacked = unackedBytes === undefined ? '' : `, ${bytes(unackedBytes)}`;
  return `${count(inFlightBatches)} of ${count(concurrency)}${unacked}`;
}

/** By the buckets of what was delivered live, so it is an upper bound. */
function within95({ delivery }: LaneStatus): string {
  const { count: all, buckets } = delivery.live;
  if (all === 0) return 'none yet';
  const bucket = buckets.find((each) => each.count >= 0.95 * all);
  return bucket === undefined ? 'over a week' : duration(bucket.upTo * 1_000);
}

function notesOf({ name, lane, status }: Row): readonly string[] {
  const { problem, problemSinceMs, counts, exclusions, filterErrors, parked } = lane;
  const since = problemSinceMs === undefined ? '' : `for ${duration(status.atMs - problemSinceMs)}: `;
  return [
    ...(problem === undefined ? [] : [`${since}${problem}`]),
    ...(parked === 0 ? [] : [`${count(parked)} events wait for another try while others pass them`]),
    ...lettersOf(name, status),
    ...replaysOf(name, status),
    ...exclusions.map(({ events }) => `excludes ${events}`),
    ...(filterErrors === 0 ? [] : [`when could not decide about ${count(filterErrors)} events, which passed`]),
    ...(Object.keys(counts).length === 0 ? [] : [`the sink counts: ${named(counts)}`]),
  ];
}

/** What was done with dead letters. */
function lettersOf(name: string, { journal }: Status): readonly string[] {
  const retrying = journal.retrying[name] ?? 0;
  const retried = journal.retried[name] ?? {};
  const dropped = journal.dropped[name] ?? 0;
  const done = [
    ...(retrying === 0 ? [] : [`${count(retrying)} go again`]),
    ...(Object.keys(retried).length === 0 ? [] : [`retried: ${named(retried)}`]),
    ...(dropped === 0 ? [] : [`${count(dropped)} dropped`]),
  ];
  return done.length === 0 ? [] : [`dead letters: ${done.join(', ')}`];
}

function replaysOf(name: string, { journal }: Status): readonly string[] {
  const replay = journal.replays[name];
  if (replay === undefined) return [];
  const { fromMs, toMs, endedMs, entries, passed, left, problem } = replay;
  const far = `${count(passed)} of ${count(entries)} entries looked at`;
  const end = endedMs === undefined ? `under way, ${far}` : `ended at ${utc(endedMs)}`;
  const why = problem === undefined ? '' : `, before all was done with: ${problem}`;
  const gone = left === 0 ? '' : `; ${count(left)} entries had left the journal`;
  return [
    `replay of ${utc(fromMs)} to ${utc(toMs)}: ${end}${why}${gone}`,
    `replayed, all in all: ${named(journal.replayed[name] ?? {}) || 'nothing'}`,
  ];
}

function excludedBy(law: Law | undefined): readonly string[] {
  const rules = Object.entries(law?.excluded ?? {}).filter(([, events]) => events > 0);
  return rules.length === 0 ? [] : [`excluded by ${rules.map(([rule, n]) => `${rule}: ${count(n)}`).join(', ')}`];
}

function named(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([code, n]) => `${code} ${count(n)}`)
    .join(', ');
}

export function Named({ name, detail }: { readonly name: string; readonly detail: string }): JSX.Element {
  return (
    <span class="named">
      <span>{name}</span> <small>{detail}</small>
    </span>
  );
}
