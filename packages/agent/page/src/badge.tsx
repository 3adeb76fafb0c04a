/** A health in a word, with a mark of its own shape: colour alone says nothing. */
import type { JSX } from 'preact';
import { type Level, levelOf, wordOf } from './health.ts';

export function Badge({
  health,
  level = levelOf(health),
}: {
  readonly health: string;
  readonly level?: Level;
}): JSX.Element {
  return (
    <span class={`badge ${level}`}>
      <Mark level={level} />
      {wordOf(health)}
    </span>
  );
}

const SHAPES: Readonly<Record<Level, string>> = {
  ok: 'M3 8.5 6.5 12 13 4.5',
  idle: 'M4 8h8',
  warn: 'M8 3v6M8 12.2v.3',
  bad: 'M4 4l8 8M12 4l-8 8',
};

export function Mark({ level }: { readonly level: Level }): JSX.Element {
  return (
    <svg class={`mark ${level}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[level]} />
    </svg>
  );
}
