/**
 * Replays in the embedded journal. They read chunks beside the lanes, pin none, and keep how far they are in the state that
 * every writer of the journal reads: so a crash forgets no request, and what was on its way goes out once more, as replay.
 */
import { setImmediate } from 'node:timers/promises';
import { RelayError } from '../errors.ts';
import { Signal } from '../signal.ts';
import { hasLostEntries, oldestChunkKey } from './bound.ts';
import type { Chunk } from './chunk-reader.ts';
import { numberOf, positionOf } from './lane-journal.ts';
import type { JournalParts } from './parts.ts';
import type { LaneReplays, ReplayPortion, ReplayRequest, ReplaySave, Replays } from './replay.ts';
import { isInScope, isInTime, scopeOf } from './replay-table.ts';
import { sum } from './settled.ts';
import { type Store, stateOf } from './store.ts';
import type { StoredReplay } from './stored.ts';

type ReplayParts = Pick<JournalParts, 'store' | 'writer' | 'reader' | 'runtime'>;

/** Chunks that are looked through for one portion: how far it is shows, though none of their entries is of the time. */
const CHUNKS_A_PORTION = 64;

export class EmbeddedReplays implements Replays {
  readonly #parts: ReplayParts;
  readonly #asked = new Signal();
  /** By lane; fires when somebody ends the replay under way. */
  readonly #ends = new Map<string, AbortController>();

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  async begin(lane: string, request: ReplayRequest): Promise<number> {
    const { store, writer, runtime } = this.#parts;
    const askedMs = await writer.run('reserve', () => {
      const running = runningOf(store, lane);
      if (running !== undefined && !isSame(running, request)) throw isRunning(lane, running);
      const replay = running ?? begun(store, { lane, request, nowMs: runtime.now() });
      return { write: () => putReplay(store, lane, replay), value: replay.askedMs };
    });
    this.#asked.notify();
    return askedMs;
  }

  async end(lane: string): Promise<boolean> {
    const { store, writer, runtime } = this.#parts;
    const endedMs = runtime.now();
    const wasRunning = await writer.run('reserve', () => {
      const running = runningOf(store, lane);
      const problem = 'somebody ended it';
      const write = (): void => {
        if (running !== undefined) putReplay(store, lane, { ...running, endedMs, problem });
      };
      return { write, value: running !== undefined };
    });
    this.#ends.get(lane)?.abort();
    return wasRunning;
  }

  lane(name: string): LaneReplays {
    const parts = { ...this.#parts, asked: this.#asked };
    return new EmbeddedLaneReplays(parts, name, (end) => this.#ends.set(name, end));
  }
}

/** How far this process is with a replay, by entry number. */
interface Scan {
  readonly askedMs: number;
  readonly end: AbortController;
  /** As found when this process took it up. */
  readonly found: StoredReplay;
  /** The next entry to look at. */
  next: number;
  /** The last one that was given. */
  given: number;
  /** Of those that this process looked for. */
  left: number;
}

class EmbeddedLaneReplays implements LaneReplays {
  readonly #parts: ReplayParts & { readonly asked: Signal };
  readonly #name: string;
  readonly #onBegin: (end: AbortController) => void;
  #scan: Scan | undefined;

  constructor(parts: ReplayParts & { readonly asked: Signal }, name: string, onBegin: (end: AbortController) => void) {
    this.#parts = parts;
    this.#name = name;
    this.#onBegin = onBegin;
  }

  async next(maxBytes: number, signal: AbortSignal): Promise<ReplayPortion> {
    for (;;) {
      signal.throwIfAborted();
      const replay = runningOf(this.#parts.store, this.#name);
      if (replay === undefined) await this.#parts.asked.wait(signal);
      else {
        const portion = await this.#portion(this.#scanOf(replay), maxBytes);
        if (portion !== undefined) return portion;
      }
    }
  }

  async save({ askedMs, position, counts, isOver }: ReplaySave): Promise<void> {
    const { store, writer, runtime } = this.#parts;
    const scan = this.#scan;
    if (scan === undefined || scan.askedMs !== askedMs) return;
    const { found } = scan;
    const done = position === undefined ? found.position : numberOf(position);
    const isLevel = isOver || done >= scan.given;
    // What was looked at after the last that was given is of another time.
    const reached = isLevel ? { position: scan.next - 1, left: found.left + scan.left } : { position: done };
    await writer.run('reserve', () => {
      const write = (): void => {
        const running = runningOf(store, this.#name);
        if (running?.askedMs !== askedMs) return;
        const all = sum(found.counts, counts) ?? {};
        const next = { ...running, ...reached, counts: all, ...(isOver && { endedMs: runtime.now() }) };
        putReplay(store, this.#name, next);
        addReplayed(store, this.#name, { before: running.counts, now: all });
      };
      return { write, value: undefined };
    });
  }

  #scanOf(found: StoredReplay): Scan {
    if (this.#scan?.askedMs === found.askedMs) return this.#scan;
    const end = new AbortController();
    const { askedMs, position } = found;
    this.#scan = { askedMs, end, found, next: position + 1, given: position, left: 0 };
    this.#onBegin(end);
    return this.#scan;
  }

  /** Undefined: it has ended. */
  async #portion(scan: Scan, maxBytes: number): Promise<ReplayPortion | undefined> {
    const { askedMs, end, found } = scan;
    const entries: ReplayPortion['entries'][number][] = [];
    let bytes = 0;
    for (let chunks = 0; chunks < CHUNKS_A_PORTION && scan.next <= found.end && bytes < maxBytes; chunks += 1) {
      // What came in meanwhile is seen to first.
      if (chunks > 0) await setImmediate();
      const chunk = await this.#chunk(scan);
      if (end.signal.aborted) return undefined;
      if (chunk === undefined) continue;
      const some = takeFrom(chunk, scan, maxBytes - bytes);
      for (const { entry } of some) bytes += Buffer.byteLength(entry.raw);
      entries.push(...some);
    }
    const { overwrite } = found;
    return { askedMs, overwrite, entries, isLast: scan.next > found.end, ended: end.signal };
  }

  /** The chunk of the next entry. Undefined: it has left, and the scan is past it, or the replay has ended. */
  async #chunk(scan: Scan): Promise<Chunk | undefined> {
    const { store, reader } = this.#parts;
    const oldest = oldestChunkKey(store)?.[0] ?? stateOf(store).next;
    const next = Math.min(Math.max(scan.next, oldest), scan.found.end + 1);
    scan.left += next - scan.next;
    scan.next = next;
    if (next > scan.found.end) return undefined;
    try {
      return reader.pass(next);
    } catch (error) {
      // The lane itself may be far beyond what is damaged: it goes on.
      await this.#giveUp(scan, error);
      return undefined;
    }
  }

  async #giveUp({ askedMs, end }: Scan, error: unknown): Promise<void> {
    const { store, writer, runtime } = this.#parts;
    const problem = error instanceof Error ? error.message : String(error);
    const endedMs = runtime.now();
    await writer.run('reserve', () => {
      const write = (): void => {
        const running = runningOf(store, this.#name);
        if (running?.askedMs === askedMs) putReplay(store, this.#name, { ...running, endedMs, problem });
      };
      return { write, value: undefined };
    });
    end.abort();
    runtime.log('error', 'REPLAY_ENDED', `${this.#name}: its replay ended before all was done with: ${problem}`, {
      lane: this.#name,
    });
  }
}

/** Those of its time from the scan's place on, up to about `maxBytes`; the scan is behind them then. */
function takeFrom({ first, entries }: Chunk, scan: Scan, maxBytes: number): ReplayPortion['entries'] {
  const { found } = scan;
  const taken: ReplayPortion['entries'][number][] = [];
  let bytes = 0;
  for (const entry of entries.slice(scan.next - first)) {
    if (scan.next > found.end || bytes >= maxBytes) break;
    const number = scan.next;
    scan.next += 1;
    if (!isInTime(entry, found) || !isInScope(found, number)) continue;
    taken.push({ position: positionOf(number), entry });
    bytes += Buffer.byteLength(entry.raw);
    scan.given = number;
  }
  return taken;
}

function runningOf(store: Store, lane: string): StoredReplay | undefined {
  const replay = stateOf(store).replays?.[lane];
  return replay?.endedMs === undefined ? replay : undefined;
}

function begun(
  store: Store,
  { lane, request, nowMs }: { readonly lane: string; readonly request: ReplayRequest; readonly nowMs: number },
): StoredReplay {
  const cursor = store.cursors.get(lane);
  if (cursor === undefined || hasLostEntries(store, cursor.position)) {
    throw new RelayError(
      'ENTRIES_GONE',
      `sink ${lane} cannot go on, as \`audit-relay status\` says: nothing can be replayed`,
    );
  }
  const { fromMs, toMs, overwrite } = request;
  const scope = scopeOf(store, cursor);
  // Two that are asked for in one millisecond are two.
  const askedMs = Math.max(nowMs, (stateOf(store).replays?.[lane]?.askedMs ?? 0) + 1);
  return { fromMs, toMs, overwrite, askedMs, ...scope, position: scope.first - 1, counts: {}, left: 0 };
}

function putReplay(store: Store, lane: string, replay: StoredReplay): void {
  const state = stateOf(store);
  store.meta.put('state', { ...state, replays: { ...state.replays, [lane]: replay } });
}

function addReplayed(
  store: Store,
  lane: string,
  { before, now }: { readonly before: StoredReplay['counts']; readonly now: StoredReplay['counts'] },
): void {
  const state = stateOf(store);
  const more = Object.entries(now).map(([way, count]) => [way, count - (before[way] ?? 0)] as const);
  const all = sum(state.replayed?.[lane] ?? {}, Object.fromEntries(more.filter(([, count]) => count > 0))) ?? {};
  store.meta.put('state', { ...state, replayed: { ...state.replayed, [lane]: all } });
}

function isSame(running: ReplayRequest, request: ReplayRequest): boolean {
  return running.fromMs === request.fromMs && running.toMs === request.toMs && running.overwrite === request.overwrite;
}

function isRunning(lane: string, { fromMs, toMs }: ReplayRequest): RelayError {
  const span = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  const fix = `wait for its end, or end it: audit-relay replay --sink ${lane} --stop`;
  return new RelayError('REPLAY_RUNNING', `sink ${lane} is at a replay of ${span}: ${fix}`);
}
