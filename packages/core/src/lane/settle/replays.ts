/**
 * The lane's replays: entries of the journal that are asked to go again, in a stream of their own beside what comes. They
 * move no cursor; how far a replay is stands in the journal by itself.
 */
import type { Position, SettledAs } from '../../journal/journal.ts';
import type { LaneReplays, ReplayPortion, ReplaySave } from '../../journal/replay.ts';
import type { Runtime } from '../../runtime.ts';
import { Signal } from '../../signal.ts';
import type { Held, Replaying } from '../held.ts';
import type { LaneLife } from '../life.ts';
import { Settled } from './cursor.ts';
import type { Persistence } from './persistence.ts';

/** Raw text that is read at a time, in bytes. */
const PORTION_BYTES = 2 ** 20;
/** No more is read while so much is not settled: a replay of whatever length is never in memory. */
const MOST_HELD_BYTES = 4 * PORTION_BYTES;
/** Filtered and rendered in one turn of the event loop, as of what comes. */
const ENTRIES_A_TURN = 100;
/** Below any number that an entry or a dead letter has. */
const FIRST_NUMBER = -(2 ** 52);

export interface ReplaysOptions {
  /** The lane's. */
  readonly name: string;
  readonly journal: LaneReplays;
  readonly runtime: Runtime;
  readonly persistence: Pick<Persistence, 'write'>;
  readonly life: LaneLife;
}

/** One replay under way in this process. */
export class RunningReplay implements Replaying {
  readonly askedMs: number;
  readonly overwrite: boolean;
  /** Fires when somebody ends it. */
  readonly ended: AbortSignal;
  readonly #settled = new Settled();
  #taken = 0;
  #heldEntries = 0;
  #heldBytes = 0;

  constructor({ askedMs, overwrite, ended }: ReplayPortion) {
    this.askedMs = askedMs;
    this.overwrite = overwrite;
    this.ended = ended;
  }

  get heldEntries(): number {
    return this.#heldEntries;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Its next number, from 1. */
  take(rawLength: number): number {
    this.#taken += 1;
    this.#heldEntries += 1;
    this.#heldBytes += rawLength;
    return this.#taken;
  }

  settle(
    { number, position }: { readonly number: number; readonly position: Position },
    rawLength: number,
    how: SettledAs,
  ): void {
    this.#settled.add({ number, position }, how);
    this.#heldEntries -= 1;
    this.#heldBytes -= rawLength;
  }

  /** Up to the last of which all before are settled. */
  get progress(): Pick<ReplaySave, 'position' | 'counts'> {
    const { position, counts = {} } = this.#settled.cursor(0);
    return { ...(position !== undefined && { position }), counts };
  }
}

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #signal = new Signal();
  #running: RunningReplay | undefined;
  #number = FIRST_NUMBER;
  #unsaved = false;
  #saving: Promise<void> | undefined;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Entries that may have been sent before, replay after replay. Ends when the drain begins. */
  async *entries(): AsyncGenerator<readonly Held[]> {
    const { life, journal } = this.#options;
    const signal = life.draining;
    try {
      for (;;) {
        const portion = await journal.next(PORTION_BYTES, signal);
        const running = this.#runningOf(portion);
        yield* this.#inParts(portion, running);
        if (portion.isLast) await this.#finish(running, signal);
        else await this.#untilThereIsRoom(running, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** The lane is done with these; what is of no replay is none of its matter. */
  settle(items: readonly Held[], how: SettledAs): void {
    let isAny = false;
    for (const { ordered, entry } of items) {
      if (ordered === undefined) continue;
      ordered.by.settle(ordered, entry.raw.length, how);
      isAny = true;
    }
    if (!isAny) return;
    this.#saveSoon();
    this.#signal.notify();
  }

  /** Resolves when all that is settled is saved. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  #runningOf(portion: ReplayPortion): RunningReplay {
    if (this.#running?.askedMs === portion.askedMs) return this.#running;
    const running = new RunningReplay(portion);
    portion.ended.addEventListener('abort', () => this.#signal.notify(), { once: true });
    this.#running = running;
    return running;
  }

  async *#inParts({ entries }: ReplayPortion, by: RunningReplay): AsyncGenerator<readonly Held[]> {
    for (let at = 0; at < entries.length && !by.ended.aborted; at += ENTRIES_A_TURN) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      yield entries.slice(at, at + ENTRIES_A_TURN).map(({ position, entry }): Held => {
        const ordered = { by, number: by.take(entry.raw.length), position };
        return { number: this.#number++, entry, replay: true, ordered };
      });
    }
  }

  async #untilThereIsRoom(running: RunningReplay, signal: AbortSignal): Promise<void> {
    // Nothing of the portion was of the time: that it is further on is worth saving.
    if (running.heldEntries === 0) this.#saveSoon();
    await this.#until(running, () => running.heldBytes < MOST_HELD_BYTES, signal);
  }

  /** Waits for the last of it, and says that it is over. */
  async #finish(running: RunningReplay, signal: AbortSignal): Promise<void> {
    await this.#until(running, () => running.heldEntries === 0, signal);
    if (running.ended.aborted) return;
    await this.#saving;
    const { journal, name, persistence, runtime } = this.#options;
    const { askedMs, progress } = running;
    await persistence.write(() => journal.save({ askedMs, ...progress, isOver: true }), signal);
    const what = Object.entries(progress.counts).map(([way, count]) => `${count} ${way}`);
    const text = `${name}: a replay is done with, since the start of the process: ${what.join(', ') || 'none of that time'}`;
    runtime.log('info', 'REPLAY_DONE', text, { lane: name, ...progress.counts });
  }

  #until({ ended }: RunningReplay, done: () => boolean, signal: AbortSignal): Promise<void> {
    return this.#signal.until(() => ended.aborted || done(), signal);
  }

  #saveSoon(): void {
    this.#unsaved = true;
    this.#saving ??= this.#save();
  }

  /** One save at a time; what settles meanwhile goes along with the next. */
  async #save(): Promise<void> {
    const { journal, life, persistence } = this.#options;
    try {
      while (this.#unsaved) {
        this.#unsaved = false;
        const running = this.#running;
        if (running === undefined || running.ended.aborted) continue;
        const { askedMs } = running;
        await persistence.write(() => journal.save({ askedMs, ...running.progress, isOver: false }), life.ended);
      }
    } catch (error) {
      // The journal will never save.
      life.fail(error);
    }
    this.#saving = undefined;
  }
}
