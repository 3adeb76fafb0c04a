/**
 * A changed configuration under a running relay: what `Relay.change` does, which `LiveConfig` of the agent calls. What a start
 * would refuse is refused first, with nothing touched; then only what differs stops, as at the end of a process, and begins, as
 * at a start: from the same checkpoints and cursors.
 */
import { isDeepStrictEqual } from 'node:util';
import { RelayError } from './errors.ts';
import type { Journal, LaneStart } from './journal/journal.ts';
import { journalConfigurationOf } from './journal-configuration.ts';
import type { Lane } from './lane/lane.ts';
import { refuseLane } from './lane/terms.ts';
import type { Normalizer } from './normalize/normalizer.ts';
import type { PartsDifference, RelayChange, RelayDifference, RelayOptions } from './options.ts';
import { refuseSource } from './source/refuse-source.ts';
import type { Source } from './source/source.ts';

/** How often what ran before is begun again, in milliseconds: as often as the journal looks at its disk. */
const AGAIN_MS = 5_000;

/** What runs, and how more of it is opened. */
export interface Changing {
  readonly journal: Journal;
  /** By name; what a change replaces is replaced in them. */
  readonly lanes: Map<string, Lane>;
  readonly sources: Map<string, Source>;
  /** What runs now. */
  options: RelayOptions;
  normalizer: Normalizer;
  readonly opening: Opening;
}

/** As a start opens them, not started yet. */
export interface Opening {
  normalizerOf(options: RelayOptions): Normalizer;
  lanes(
    options: RelayOptions,
    by: { readonly starts: Readonly<Record<string, LaneStart>>; readonly normalizer: Normalizer },
  ): ReadonlyMap<string, Lane>;
  sources(options: RelayOptions): ReadonlyMap<string, Source>;
}

/** When a change has to hurry, or to give up. */
export interface ChangeLimits {
  /** Fires when what is on its way has had its time. */
  readonly over: AbortSignal;
  /** Fires when the relay ends: nothing more is opened. */
  readonly ending: AbortSignal;
}

/**
 * Resolves with what was begun, ended and begun anew.
 * @throws as `openRelay` does, RelayError `RELAY_ENDING`, `DISK_FULL`, `DISK_REFUSES`. What is refused is refused before anything
 * stops; if opening fails after that, what was stopped is opened again as it was, and its counts begin at 0.
 */
export async function applyChange(
  parts: Changing,
  change: RelayChange,
  { over, ending }: ChangeLimits,
): Promise<RelayDifference> {
  const before = { options: parts.options, normalizer: parts.normalizer };
  const next: RelayOptions = { ...parts.options, ...change };
  const normalizer = isSameRendering(parts.options, next) ? parts.normalizer : parts.opening.normalizerOf(next);
  const difference = differenceOf(parts.options, next);
  refuseChange(parts, { next, normalizer, difference });
  try {
    await stop(parts, difference, over);
    await begin(parts, { options: next, normalizer, difference, ending });
  } catch (error) {
    await beginAgain(parts, { ...before, difference, ending });
    throw error;
  }
  return difference;
}

/** What ran before, for as long as the journal takes nothing: given up, it would stand until the next start. */
async function beginAgain(parts: Changing, beginning: Beginning): Promise<void> {
  // Whoever has the journal now sends what is left; and what ends is not opened once more.
  const futile = AbortSignal.any([parts.journal.lost, beginning.ending]);
  while (!futile.aborted && !(await begins(parts, beginning))) {
    await beginning.options.runtime.sleep(AGAIN_MS, futile).catch(() => undefined);
  }
}

async function begins(parts: Changing, beginning: Beginning): Promise<boolean> {
  try {
    await begin(parts, beginning);
    return true;
  } catch {
    return false;
  }
}

/** Names of `sources` and `sinks` by what becomes of them. */
export function differenceOf(now: RelayOptions, next: RelayOptions): RelayDifference {
  const isSameText = isSameRendering(now, next);
  return {
    sources: compare(now.sources, next.sources, isDeepStrictEqual),
    sinks: compare(now.sinks, next.sinks, (a, b) => {
      // Of a plugin its `type` in the configuration is enough: a module is loaded once.
      return isSameText && isDeepStrictEqual([a.lane, a.config], [b.lane, b.config]);
    }),
  };
}

function isSameRendering(now: RelayOptions, next: RelayOptions): boolean {
  return isDeepStrictEqual([now.name, now.normalization], [next.name, next.normalization]);
}

function compare<Part>(
  now: Readonly<Record<string, Part>>,
  next: Readonly<Record<string, Part>>,
  isSame: (a: Part, b: Part) => boolean,
): PartsDifference {
  const added: string[] = [];
  const changed: string[] = [];
  for (const [name, part] of Object.entries(next)) {
    const old = Object.hasOwn(now, name) ? now[name] : undefined;
    if (old === undefined) added.push(name);
    else if (!isSame(old, part)) changed.push(name);
  }
  return { added, changed, removed: Object.keys(now).filter((name) => !Object.hasOwn(next, name)) };
}

interface Wanted {
  readonly next: RelayOptions;
  readonly normalizer: Normalizer;
  readonly difference: RelayDifference;
}

/** @throws what `openRelay` would, and why the journal cannot be written */
function refuseChange({ journal }: Changing, { next, normalizer, difference }: Wanted): void {
  refuseUnwritable(journal, difference);
  for (const [name, config] of Object.entries(next.sources)) {
    if (isBegun(difference.sources, name)) refuseSource({ name, config }, next);
  }
  for (const [name, { plugin, config, lane }] of Object.entries(next.sinks)) {
    if (!isBegun(difference.sinks, name)) continue;
    refuseLane({ name, plugin, sinkConfig: config, config: lane });
    if (lane.when !== undefined) normalizer.when(lane.when);
  }
  journal.refuse(journalConfigurationOf(next));
}

/**
 * What is stopped now could not begin again before its disk is well. On a full disk what only ends something is no such
 * case, and may be the way out: what the journal held for a sink that is gone makes room within its file.
 */
function refuseUnwritable({ unwritable }: Journal, { sources, sinks }: RelayDifference): void {
  if (unwritable === undefined) return;
  const begun = [sources, sinks].flatMap(({ added, changed }) => [...added, ...changed]);
  if (unwritable.code === 'DISK_FULL' && begun.length === 0) return;
  throw new RelayError(unwritable.code, unwritable.problem);
}

function isBegun({ added, changed }: PartsDifference, name: string): boolean {
  return added.includes(name) || changed.includes(name);
}

/** Against the data's direction, as at the end of a process. @throws what one of them did, once none of them runs. */
async function stop({ lanes, sources }: Changing, difference: RelayDifference, over: AbortSignal): Promise<void> {
  const goingOf = <Part>(all: ReadonlyMap<string, Part>, { changed, removed }: PartsDifference): Part[] =>
    [...changed, ...removed].flatMap((name) => all.get(name) ?? []);
  const stopped = await Promise.allSettled(goingOf(sources, difference.sources).map((source) => source.stop()));
  const drained = await Promise.allSettled(goingOf(lanes, difference.sinks).map((lane) => lane.drain(over)));
  for (const end of [...stopped, ...drained]) if (end.status === 'rejected') throw end.reason;
}

interface Beginning {
  readonly options: RelayOptions;
  readonly normalizer: Normalizer;
  readonly difference: RelayDifference;
  readonly ending: AbortSignal;
}

/** As at a start: every cursor is committed before anything is read. What `difference` does not name runs on. */
async function begin(parts: Changing, { options, normalizer, difference, ending }: Beginning): Promise<void> {
  const starts = await parts.journal.configure(journalConfigurationOf(options));
  if (ending.aborted) throw new RelayError('RELAY_ENDING', 'the relay ends: a change comes too late');
  const lanes = parts.opening.lanes(
    { ...options, sinks: chosen(options.sinks, difference.sinks) },
    { starts, normalizer },
  );
  const sources = parts.opening.sources({ ...options, sources: chosen(options.sources, difference.sources) });
  parts.options = options;
  parts.normalizer = normalizer;
  replace(parts.lanes, lanes, difference.sinks);
  replace(parts.sources, sources, difference.sources);
  for (const lane of lanes.values()) lane.start();
  for (const source of sources.values()) source.start();
}

/** Those of `all` that do not run: whichever way the change goes. */
function chosen<Part>(
  all: Readonly<Record<string, Part>>,
  { added, changed, removed }: PartsDifference,
): Readonly<Record<string, Part>> {
  const names = new Set([...added, ...changed, ...removed]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
}

function replace<Part>(
  running: Map<string, Part>,
  begun: ReadonlyMap<string, Part>,
  { added, changed, removed }: PartsDifference,
): void {
  for (const name of [...added, ...changed, ...removed]) running.delete(name);
  for (const [name, part] of begun) running.set(name, part);
}
