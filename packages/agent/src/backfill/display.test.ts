import { expect, test } from 'vitest';
import { createBoard } from '../summary.ts';
import { createDisplay } from './display.ts';
import { type Looks, withLook } from './progress-line.ts';
import type { BackfillProgress } from './request.ts';

/** What is written while it is looked at once a second; `left` of 100 at each look. */
function written(columns: number | undefined, left: readonly number[], troubles: readonly string[] = []): string {
  let text = '';
  let atMs = 0;
  const board = createBoard(
    (part) => (text += part),
    () => columns,
  );
  const display = createDisplay({ board, columns: () => columns, runtime: { elapsedMs: () => atMs } });
  let looks: Looks | undefined;
  for (const leftSeconds of left) {
    looks = withLook(looks, { atMs, progress: { ...PROGRESS, leftSeconds } });
    display.reading(looks, troubles);
    atMs += 1_000;
  }
  display.delivering('siem has 5 to go', troubles);
  return text;
}

const PROGRESS: BackfillProgress = {
  wholeSeconds: 100,
  leftSeconds: 100,
  paused: {},
  windows: 0,
  events: 0,
  requests: 0,
  atOnce: 1,
};

test('elsewhere than on a terminal a line comes at each tenth and after ten seconds', () => {
  const left = [100, 99, 95, 90, 85, 79, ...Array.from({ length: 11 }, () => 78), 0];
  const percents = written(undefined, left).match(/^\d+ %|^all is read.*/gm);
  expect(percents).toEqual(['0 %', '10 %', '21 %', '22 %', '100 %', 'all is read; siem has 5 to go']);
});

test('on a terminal one line is drawn in the place of the last, with what is wrong below', () => {
  const text = written(50, [100, 50], ['sink siem: blocked']);
  expect(text.split('\u001b[J')).toHaveLength(3);
  expect(text).toMatch(/█+░+ {2}50 % {2}1 s left {2}0 events {2}0\/s\nsink siem: blocked\n/);
});
