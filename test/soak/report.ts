/** What a soak has found, for people: the part that is appended to `docs/evidence/soak.md`, and whether all was well. */
import type { SoakOrder, SoakResult } from './soak.ts';
import type { Judged, Sample } from './verdict.ts';

export interface ReportOrder {
  readonly order: Pick<SoakOrder, 'minutes' | 'rate' | 'seed' | 'bounds'>;
  readonly result: SoakResult;
  /** `2026-11-29`. */
  readonly date: string;
  readonly commit: string;
  /** As benches name it. */
  readonly machine: string;
}

/** One of so many looks may have no answer, where the machine has other things to do. */
const MOST_UNANSWERED = 20;

/** Every line of what went wrong; none when all was well. `unsure` is not well: the run was too short to show it. */
export function faultsIn({ verdict, sinks, exitCode, events, unanswered, samples }: SoakResult): readonly string[] {
  // Of RSS the parts are judged: what is anonymous by its slope, what is mapped by its bound, up to which it fills.
  const trends = (['lived', 'rssAnon', 'handles'] as const).flatMap((key) =>
    verdict[key].trend === 'flat' ? [] : [`${key} is ${verdict[key].trend}`],
  );
  const lost = Object.entries(sinks).flatMap(([name, { missing, foreign }]) => [
    ...(missing > 0 ? [`${missing} events are not at ${name}`] : []),
    ...(foreign > 0 ? [`${foreign} ids at ${name} are no event's`] : []),
  ]);
  return [
    ...trends,
    ...lost,
    ...(verdict.isJournalBounded ? [] : ['the journal is over its bound']),
    ...(verdict.isMapBounded ? [] : ['more is mapped than the program and the journal have']),
    ...(unanswered * MOST_UNANSWERED <= samples.length ? [] : [`${unanswered} looks at the agent had no answer`]),
    ...(exitCode === 0 ? [] : [`the agent ended with ${exitCode}`]),
    ...(events > 0 ? [] : ['there were no events']),
  ];
}

export function reportOf({ order, result, date, commit, machine }: ReportOrder): string {
  const { minutes, rate, seed, bounds } = order;
  const { verdict, samples, sinks, events } = result;
  const faults = faultsIn(result);
  return `
## ${date}, commit ${commit}

${minutes} minutes at ${rate} events a second, seed ${seed}; ${machine}; ${events} events.
${faults.length === 0 ? 'All within the bounds, every event at every sink.' : `**Not as it should be:** ${faults.join('; ')}.`}

| second half | slope an hour | two errors | bound | is |
|---|---:|---:|---:|---|
| what lived after collections, without ids, MB, its floor | ${judged(verdict.lived)} |
| anonymous memory, without ids, MB, its floor | ${judged(verdict.rssAnon)} |
| resident memory, without ids, MB, its floor | ${judged(verdict.rss)} |
| file handles | ${judged(verdict.handles)} |

| minute | lived MB | of it ids MB | RssAnon MB | RssFile MB | RSS MB | handles | journal MB, of ${bounds.journal} | data.mdb MB | behind, entries |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${marks(samples).map(rowOf).join('\n')}
| least | ${COLUMNS.map((key) => extremeOf(samples, key, Math.min)).join(' | ')} |
| most | ${COLUMNS.map((key) => extremeOf(samples, key, Math.max)).join(' | ')} |

| sink | missing | no event's | copies | troubles |
|---|---:|---:|---:|---|
${Object.entries(sinks)
  .map(([name, sink]) => `| ${name} | ${sink.missing} | ${sink.foreign} | ${sink.copies} | ${told(sink.troubles)} |`)
  .join('\n')}

Warnings of the agent: ${told(result.warnings)}. Looks at it without an answer: ${result.unanswered} of ${samples.length + result.unanswered}.
`;
}

function judged({ perHour, error, bound, trend }: Judged): string {
  return `${perHour.toFixed(1)} | ${(2 * error).toFixed(1)} | ${bound} | ${trend}`;
}

const MARKS = 12;

function marks(samples: readonly Sample[]): readonly Sample[] {
  const step = Math.max(1, Math.floor(samples.length / MARKS));
  return samples.filter((_, at) => at % step === 0);
}

const COLUMNS = ['lived', 'ids', 'rssAnon', 'rssFile', 'rss', 'handles', 'journal', 'disk', 'held'] as const;

function rowOf(sample: Sample): string {
  const cells = [sample.hours * 60, ...COLUMNS.map((key) => sample[key])].map((value) => value?.toFixed(0) ?? '');
  return `| ${cells.join(' | ')} |`;
}

function extremeOf(
  samples: readonly Sample[],
  key: (typeof COLUMNS)[number],
  of: (...all: number[]) => number,
): string {
  return of(...samples.flatMap(({ [key]: value }) => value ?? [])).toFixed(0);
}

function told(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
