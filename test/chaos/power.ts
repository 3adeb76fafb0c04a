/** A power cut: the process is dead, and of what it wrote last to the journal's data each page is on disk or not. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Chance } from '../invariants/chance.ts';
import { fileAfter, stepsIn } from '../power-cut/recording.ts';

export interface PowerCut {
  /** Of LMDB. */
  readonly data: string;
  /** Of strace. */
  readonly log: string;
  readonly seed: number;
  /** What the data were before the life; undefined: not there. */
  readonly before: Buffer | undefined;
}

export function cutPower({ data, log, seed, before }: PowerCut): void {
  if (!existsSync(data)) return;
  const written = readFileSync(log, 'latin1');
  // It was killed within a line.
  const text = written.slice(0, written.lastIndexOf('\n') + 1);
  const recording = stepsIn(text, { data, promises: '' });
  if (!recording.some(({ kind }) => kind === 'write')) return;
  const chance = new Chance(seed);
  const draw = (below: number): number => chance.whole(0, below - 1);
  const cut = { at: recording.length, draw, ...(before && { before }) };
  writeFileSync(data, fileAfter(recording, cut));
}
