/** Shows a backfill: a line that is redrawn on a terminal, a plain line now and then elsewhere. */
import type { Runtime } from '@audit-relay/core';
import type { Board } from '../summary.ts';
import type { Display } from './follow.ts';
import { percentOf, progressLine } from './progress-line.ts';

/** Elsewhere than on a terminal a line comes at each so many percent, and after so long. */
const LINE_PERCENT = 10;
const LINE_MS = 10_000;

export interface DisplayOptions {
  readonly board: Board;
  /** Width of the terminal; undefined: there is none. */
  columns(): number | undefined;
  readonly runtime: Pick<Runtime, 'elapsedMs'>;
}

/** Lines in the place of those before; elsewhere than on a terminal only where the stage is another one, or after so long. */
export function createStages({
  board,
  columns,
  runtime,
}: DisplayOptions): (lines: readonly string[], stage: number) => void {
  let last: { readonly atMs: number; readonly stage: number } | undefined;
  return (lines, stage) => {
    if (columns() !== undefined) {
      board.show(lines);
      return;
    }
    const atMs = runtime.elapsedMs();
    if (last !== undefined && stage === last.stage && atMs - last.atMs < LINE_MS) return;
    last = { atMs, stage };
    board.print(`${lines.join('\n')}\n`);
  };
}

/** The stage of a share: one for each so many percent. */
export function stageOf(percent: number): number {
  return Math.floor(percent / LINE_PERCENT);
}

/** What is wrong stands below the line, one line each. */
export function createDisplay(options: DisplayOptions): Display {
  const show = createStages(options);
  const { columns } = options;
  return {
    reading: (looks, troubles) => {
      const { progress } = looks.recent.at(-1) ?? looks.first;
      show([progressLine(looks, columns()), ...troubles], stageOf(percentOf(progress)));
    },
    delivering: (line, troubles) => show([`all is read; ${line}`, ...troubles], DELIVERING),
  };
}

/** After every stage of reading. */
const DELIVERING = Number.POSITIVE_INFINITY;
