/** How well each part is, and what of it somebody has to look at; by the same rules as `audit-relay status`. */
import { bytes } from './format.ts';
import type { FeedStatus, Status } from './model.ts';

export type Level = 'ok' | 'idle' | 'warn' | 'bad';

const LEVELS: Readonly<Record<string, Level>> = {
  ok: 'ok',
  quiet: 'ok',
  starting: 'idle',
  standby: 'idle',
  unsure: 'warn',
  retrying: 'warn',
  waiting_for_room: 'warn',
  paused: 'bad',
  blocked: 'bad',
  stopped: 'bad',
};

export function levelOf(health: string): Level {
  return LEVELS[health] ?? 'warn';
}

export function wordOf(health: string): string {
  return health.replaceAll('_', ' ');
}

/** An organization without a tenant refuses its feed for ever, which is no failure. */
export function isWithoutTenant(feed: string, { health, completeTo }: FeedStatus): boolean {
  return feed === 'tenant' && health === 'paused' && completeTo === undefined;
}

export interface Trouble {
  readonly what: string;
  readonly level: Level;
  readonly health: string;
  readonly problem: string;
  readonly sinceMs?: number | undefined;
}

/** The worst first. */
export function troublesOf(status: Status): readonly Trouble[] {
  const { sources, lanes, journal, configuration } = status;
  const feeds = Object.entries(sources).flatMap(([source, one]) =>
    Object.entries(one.feeds)
      .filter(([feed, of]) => !isWithoutTenant(feed, of))
      .map(([feed, of]) => ({ what: `Source ${source}, ${feed} feed`, ...of })),
  );
  const sinks = Object.entries(lanes).map(([name, lane]) => ({ what: `Sink ${name}`, ...lane }));
  const ill = [...feeds, ...sinks]
    .filter(({ health, problem }) => problem !== undefined || !['ok', 'idle'].includes(levelOf(health)))
    .map(({ what, health, problem = '', problemSinceMs }) => {
      return { what, health, problem, level: worst(levelOf(health), 'warn'), sinceMs: problemSinceMs };
    });
  const found = [...ill, ...ofJournal(journal), ...ofConfiguration(configuration)];
  return found.toSorted((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'));
}

function worst(a: Level, b: Level): Level {
  return a === 'bad' || b === 'bad' ? 'bad' : 'warn';
}

function ofJournal({ setAside = [], fullBecauseOf, unwritable }: Status['journal']): readonly Trouble[] {
  const what = 'Journal';
  const level = 'bad';
  const full = `full because of ${fullBecauseOf}: the sources wait; mend that, or raise journal.max_bytes`;
  return [
    ...(fullBecauseOf === undefined ? [] : [{ what, level, health: 'full', problem: full } as const]),
    ...(unwritable === undefined
      ? []
      : [
          {
            what,
            level,
            health: 'cannot be written',
            problem: `${unwritable.code}: ${unwritable.problem}`,
            sinceMs: unwritable.sinceMs,
          } as const,
        ]),
    ...setAside.map(({ path, bytes: size, code, problem, atMs }): Trouble => {
      const words = `a damaged journal of ${bytes(size)} stands aside in ${path}: ${code}: ${problem}`;
      return { what, level, health: 'damaged', problem: words, sinceMs: atMs };
    }),
  ];
}

function ofConfiguration(configuration: Status['configuration']): readonly Trouble[] {
  const { refusal } = configuration ?? {};
  if (refusal === undefined) return [];
  const { code, problem, sinceMs } = refusal;
  const words = `the old one runs on: ${problem.includes(code) ? '' : `${code}: `}${problem}`;
  return [{ what: 'Configuration', level: 'bad', health: 'refused', problem: words, sinceMs }];
}
