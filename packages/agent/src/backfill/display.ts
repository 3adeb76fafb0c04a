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

/** What is wrong stands below the line, one line each. */
export function createDisplay({ board, columns, runtime }: DisplayOptions): Display {
  let last: { readonly atMs: number; readonly stage: number } | undefined;
  const show = (lines: readonly string[], stage: number): void => {
    if (columns() !== undefined) {
      board.show(lines);
      return;
    }
    const atMs = runtime.elapsedMs();
    if (last !== undefined && stage === last.stage && atMs - last.atMs < LINE_MS) return;
    last = { atMs, stage };
    board.print(`${lines.join('\n')}\n`);
  };
  return {
    reading: (looks, troubles) => {
      const { progress } = looks.recent.at(-1) ?? looks.first;
      const stage = Math.floor(percentOf(progress) / LINE_PERCENT);
      show([progressLine(looks, columns()), ...troubles], stage);
    },
    delivering: (line, troubles) => show([`all is read; ${line}`, ...troubles], DELIVERING),
  };
}

/** After every stage of reading. */
const DELIVERING = Number.POSITIVE_INFINITY;
