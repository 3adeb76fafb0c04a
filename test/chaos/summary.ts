/** What all runs went through together, for people and for the record. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { DoneRun } from './done-seeds.ts';

export class Summary {
  readonly #runs: readonly DoneRun[];

  constructor(runs: readonly DoneRun[]) {
    this.#runs = runs.toSorted((a, b) => a.seed - b.seed);
  }

  get wrong(): number {
    return this.#runs.filter(({ wrong }) => wrong.length > 0).length;
  }

  toString(): string {
    const faults = this.#faults('befell');
    const met = this.#faults('met');
    const [begun, requests] = [faults, met].map((each) => Object.values(each).reduce((sum, times) => sum + times, 0));
    const lines = [
      `| commit | \`${commit()}\` |`,
      `| machine | ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version} |`,
      `| runs | ${this.#runs.length}, seeds ${ranges(this.#runs.map(({ seed }) => seed))} |`,
      `| lives, of these killed | ${this.#sum('lives')}, ${this.#sum('kills')} |`,
      `| faults begun; how often one was met, where that can be counted | ${begun}; ${requests} |`,
      `| events, counted at four peers | ${this.#sum('events')} |`,
      `| lost | ${this.#sum('lost')} |`,
      `| doubled at Elasticsearch | ${this.#sum('doubled')} |`,
      `| copies elsewhere, each with an excuse unless a run is named below | ${this.#sum('copies')} |`,
      `| copies of replays that were asked for | ${this.#sum('replayed')} |`,
      `| dead letters, of events that a peer refuses for ever | ${this.#sum('deadLetters')} |`,
      `| seconds a run, median and longest | ${this.#seconds().join(', ')} |`,
      `| runs gone wrong | ${this.wrong} |`,
    ];
    const wrong = this.#runs
      .filter((run) => run.wrong.length > 0)
      .map((run) => `- seed ${run.seed}: ${(run.wrong[0] ?? '').slice(0, 300).replaceAll('\n', ' ')}`);
    const named = Object.entries(faults).toSorted(([a], [b]) => a.localeCompare(b));
    const list = named.map(([name, times]) => `${name} ${times}${metText(met[name])}`).join(' · ');
    return [
      '| | |',
      '|---|---|',
      ...lines,
      '',
      ...wrong,
      ...(wrong.length > 0 ? [''] : []),
      `Faults by kind, how often begun and met: ${list}.`,
      '',
    ].join('\n');
  }

  /** @param path a Markdown page; made with a title when it is not there. */
  appendTo(path: string): void {
    const title = existsSync(path) ? '' : '# What the process harness has shown\n';
    appendFileSync(path, `${title}\n## ${new Date().toISOString().slice(0, 16)}Z\n\n${this.toString()}`);
  }

  #sum(of: 'lives' | 'kills' | 'events' | 'lost' | 'doubled' | 'copies' | 'replayed' | 'deadLetters'): number {
    return this.#runs.reduce((sum, run) => sum + run[of], 0);
  }

  #seconds(): readonly string[] {
    const seconds = this.#runs.map((run) => run.seconds).toSorted((a, b) => a - b);
    return [seconds[seconds.length >> 1] ?? 0, seconds.at(-1) ?? 0].map((value) => value.toFixed(1));
  }

  #faults(of: 'befell' | 'met'): Readonly<Record<string, number>> {
    const faults: Record<string, number> = {};
    for (const run of this.#runs) {
      for (const [name, times] of Object.entries(run[of])) faults[name] = (faults[name] ?? 0) + times;
    }
    return faults;
  }
}

/** Nobody counts what befalls a clock, say. */
function metText(times: number | undefined): string {
  return times === undefined ? '' : ` (met ${times})`;
}

function commit(): string {
  return spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
}

/** `1–20, 30`. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
