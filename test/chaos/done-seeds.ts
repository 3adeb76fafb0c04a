/** What was done before: one line of JSON a run, so that a thousand runs can be had in parts. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Outcome } from './chaos.ts';

export type DoneRun = Omit<Outcome, 'evidence'>;

export class DoneSeeds {
  readonly #path: string | undefined;
  readonly #outcomes: DoneRun[];

  /** @param path of the file; undefined: nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
    const text = path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
    // Our own lines; one that a kill has torn is no line.
    this.#outcomes = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DoneRun);
  }

  get outcomes(): readonly DoneRun[] {
    return this.#outcomes;
  }

  has(seed: number): boolean {
    return this.#outcomes.some((outcome) => outcome.seed === seed);
  }

  add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    // What a run left behind is of use to who looks at it now, and to no record.
    const line = JSON.stringify(outcome, (key, value: unknown) => (key === 'evidence' ? undefined : value));
    if (this.#path !== undefined) appendFileSync(this.#path, `${line}\n`);
  }
}
