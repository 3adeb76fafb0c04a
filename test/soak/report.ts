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

/** Every line of what went wrong; none when all was well. `unsure` is not well: the run was too short to show it. */
export function faultsIn({ verdict, sinks, exitCode, events }: SoakResult): readonly string[] {
  const trends = (['rssAnon', 'rss', 'handles'] as const).flatMap((key) =>
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
| anonymous memory, MB | ${judged(verdict.rssAnon)} |
| resident memory, MB | ${judged(verdict.rss)} |
| file handles | ${judged(verdict.handles)} |

| minute | RssAnon MB | RSS MB | handles | journal MB, of ${bounds.journal} | data.mdb MB | behind, entries |
|---:|---:|---:|---:|---:|---:|---:|
${marks(samples).map(rowOf).join('\n')}
| most | ${mostOf(samples, 'rssAnon')} | ${mostOf(samples, 'rss')} | ${mostOf(samples, 'handles')} | ${mostOf(samples, 'journal')} | ${mostOf(samples, 'disk')} | ${mostOf(samples, 'held')} |

| sink | missing | no event's | copies | troubles |
|---|---:|---:|---:|---|
${Object.entries(sinks)
  .map(([name, sink]) => `| ${name} | ${sink.missing} | ${sink.foreign} | ${sink.copies} | ${told(sink.troubles)} |`)
  .join('\n')}

Warnings of the agent: ${told(result.warnings)}.
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

function rowOf({ hours, rssAnon, rss, handles, journal, disk, held }: Sample): string {
  const cells = [hours * 60, rssAnon, rss, handles, journal, disk, held].map((value) => value.toFixed(0));
  return `| ${cells.join(' | ')} |`;
}

function mostOf(samples: readonly Sample[], key: keyof Sample): string {
  return Math.max(...samples.map((sample) => sample[key])).toFixed(0);
}

function told(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
