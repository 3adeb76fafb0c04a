/** What the demo shows while it runs: a small block that is redrawn on a terminal, plain lines elsewhere. */
import type { RelayStatus } from '@audit-relay/core';

/** One look at the relay. */
export interface Look {
  readonly status: RelayStatus;
  /** Milliseconds by a monotonic clock; a look without another to compare it with may say 0. */
  readonly atMs: number;
}

/** `before` is an earlier look, from which the rate comes; the first one has none. */
export function summaryLines(now: Look, before: Look | undefined): readonly string[] {
  const { sources, lanes, journal } = now.status;
  const feeds = Object.entries(sources).flatMap(([source, one]) =>
    Object.entries(one.feeds).map(([feed, { health, completeTo, problem }]) => {
      const to =
        completeTo === undefined
          ? 'nothing complete yet'
          : `complete to ${new Date(completeTo * 1_000).toISOString().replace('.000Z', 'Z')}`;
      return `feed     ${source}/${feed}  ${health}, ${to}${problem === undefined ? '' : `: ${problem}`}`;
    }),
  );
  const sinks = Object.entries(lanes).map(([sink, { health, acked, deadLettered, problem }]) => {
    const letters = deadLettered === 0 ? '' : `, ${deadLettered} dead letters`;
    const behind = journal.lanes[sink]?.behindEntries ?? 0;
    return `sink     ${sink}  ${health}, ${acked} acked, ${behind} behind${letters}${problem === undefined ? '' : `: ${problem}`}`;
  });
  return [...feeds, `journal  ${journaledOf(now.status)} events journaled${rateText(now, before)}`, ...sinks];
}

/** Events journaled since the start of the process, all feeds together. */
export function journaledOf({ sources }: RelayStatus): number {
  const feeds = Object.values(sources).flatMap((source) => Object.values(source.feeds));
  return feeds.reduce((sum, { journaled }) => sum + journaled, 0);
}

function rateText(now: Look, before: Look | undefined): string {
  if (before === undefined || now.atMs <= before.atMs) return '';
  const perSecond = ((journaledOf(now.status) - journaledOf(before.status)) * 1_000) / (now.atMs - before.atMs);
  return `, ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
}

/** A place on stderr where a block of lines stands below the lines that stay. */
export interface Board {
  /** Puts the block in the place of the one before. */
  show(lines: readonly string[]): void;
  /** A line that stays, above the block. */
  print(text: string): void;
}

/**
 * `columns` is the terminal's width at the moment, undefined where nothing can be redrawn. Uses two
 * sequences that every terminal knows: cursor up, and erase to the end of the screen. The terminal may
 * have echoed a `^C` below the block: so the cursor goes to the start of its line first.
 */
export function createBoard(write: (text: string) => void, columns: () => number | undefined): Board {
  let block: readonly string[] = [];
  let height = 0;
  const erase = (): string => (columns() !== undefined && height > 0 ? `\r\u001b[${height}A\u001b[J` : '');
  const draw = (): string => {
    const width = columns();
    // Where the terminal wrapped a line by itself, the cursor would go up too little.
    const lines = width === undefined ? block : block.flatMap((line) => wrapped(line, Math.max(width - 1, 1)));
    height = lines.length;
    return lines.map((line) => `${line}\n`).join('');
  };
  return {
    show: (lines) => {
      const cleared = erase();
      block = lines;
      write(cleared + draw());
    },
    print: (text) => write(columns() === undefined ? text : erase() + text + draw()),
  };
}

/** Lines of at most `width` characters, broken at spaces where there are some. */
function wrapped(line: string, width: number): readonly string[] {
  const pieces = line.match(new RegExp(`.{1,${width}}(?= |$)|.{${width}}`, 'g')) ?? [];
  return pieces.map((piece, index) => (index === 0 ? piece : piece.trimStart()));
}
