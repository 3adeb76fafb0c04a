/** What has stood in the journal's folder before, and what a start makes of it: `open.ts` asks as it opens the journal. */
import { RelayError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { damaged } from '../checked-table.ts';
import type { JournalConfig } from '../config.ts';
import { afterOf, damageOf, markDamaged } from '../folder.ts';
import type { Store } from '../store.ts';
import { beginAgain, beginningsOf, reconcile } from './begin-again.ts';
import { type BroughtOver, bringOver, type Destination } from './bring-over.ts';
import { remainsOf } from './remains.ts';
import { readStarts, type Starts, type StartsFound } from './starts.ts';

export interface Before {
  /** As `starts.json` says. */
  readonly starts: Starts | undefined;
  /** Inside the first transaction. */
  prepare(store: Store): void;
  /** Out of the journal that stands aside, if one does; `open` gives a way into the new one under these bounds. */
  bringOver(open: (config: JournalConfig) => Destination, config: JournalConfig): Promise<void>;
}

/** Whether a start goes on without this journal. What is held, newer, foreign or closed to this user is never set aside. */
export function maySetAside({ on_damage }: JournalConfig, error: unknown): error is RelayError {
  if (on_damage !== 'set_aside' || !(error instanceof RelayError)) return false;
  return error.code === 'JOURNAL_DAMAGED' || error.code === 'JOURNAL_EMPTY';
}

/** @throws RelayError `JOURNAL_DAMAGED` when the last process has met damage as it ran */
export function refuseDamageMet(folder: string): void {
  const damage = damageOf(folder);
  if (damage !== undefined) throw damaged(`met while it ran: ${damage}`);
}

/** Never throws: without it the next start comes to the same place. */
export function noteDamage(folder: string, place: string): void {
  try {
    markDamaged(folder, place);
  } catch {
    // A disk that takes nothing is said where something is lost by it.
  }
}

/** @throws RelayError `JOURNAL_NEWER` */
export async function beforeOf(folder: string, found: 'new' | 'existing', runtime: Runtime): Promise<Before> {
  const starts = readStarts(folder);
  if (starts.kind === 'damaged') logDamaged(runtime, folder);
  return found === 'existing' ? beforeWhole(starts, runtime) : beforeNew(folder, starts, runtime);
}

function beforeWhole(found: StartsFound, runtime: Runtime): Before {
  const starts = found.kind === 'read' ? found.starts : undefined;
  const prepare = (store: Store): void => {
    const feeds = starts === undefined ? [] : reconcile(store, starts);
    if (feeds.length > 0) logTaken(runtime, feeds);
  };
  return { starts, prepare, bringOver: () => Promise.resolve() };
}

async function beforeNew(folder: string, found: StartsFound, runtime: Runtime): Promise<Before> {
  const set = afterOf(folder);
  const remains = set === undefined ? undefined : await remainsOf(set);
  const beginnings = beginningsOf(found, remains);
  const starts = beginnings?.starts;
  const prepare = (store: Store): void => {
    if (beginnings === undefined) return;
    beginAgain(store, beginnings);
    const feeds = Object.entries(beginnings.starts.sources).flatMap(([name, source]) =>
      Object.keys(source.feeds).map((feed) => `${name} ${feed}`),
    );
    logTaken(runtime, beginnings.isWhole ? feeds : [...feeds, 'all others, from 2024-07-01 on']);
  };
  return {
    starts,
    prepare,
    bringOver: async (open, config) => {
      if (set === undefined || remains === undefined) return;
      // What the old journal held fits, whatever bound is set by now; nothing leaves before its lanes are there.
      const brought = await bringOver(set, remains, open({ ...config, max_bytes: 2 ** 50, retention: 1e15 }));
      logBroughtOver(runtime, set, brought);
    },
  };
}

function logDamaged({ log }: Runtime, path: string): void {
  const message = `starts.json in ${path} cannot be read: it is written anew from what the journal says`;
  log('warn', 'STARTS_DAMAGED', message, { path });
}

function logTaken({ log }: Runtime, feeds: readonly string[]): void {
  const message = `the journal does not know what has begun here: ${feeds.join(', ')} begin where they began before, and what is read again goes out as replay`;
  log('warn', 'STARTS_TAKEN', message, { feeds });
}

function logBroughtOver({ log }: Runtime, path: string, { entries, letters, malformedRecords }: BroughtOver): void {
  const what = `${entries} events that some sink had not taken, ${letters} dead letters and ${malformedRecords} records without an id`;
  const rest = 'what could not be read is read from the API again, as far as it still holds it';
  log('warn', 'JOURNAL_BROUGHT_OVER', `out of the damaged journal came ${what}; ${rest}`, {
    path,
    entries,
    letters,
    malformedRecords,
  });
}
