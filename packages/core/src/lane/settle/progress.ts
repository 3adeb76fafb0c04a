/**
 * A lane's side of the journal: numbers what it reads, keeps within `max_ahead`, moves the reach
 * before what is sent, and saves the cursor after what is settled.
 */
import type { Cursor, JournaledEntry, LaneJournal, SettledAs } from '../../journal/journal.ts';
import { Signal } from '../../signal.ts';
import type { Held } from '../held.ts';
import type { LaneLife } from '../life.ts';
import { type Numbered, Settled } from './cursor.ts';
import type { Persistence } from './persistence.ts';
import type { Refusals } from './refusals.ts';

/**
 * Of `max_ahead` a hundredth, for a lane that stands still there: an event that fails while nothing else is left to be
 * taken would wait for ever, though the peer has taken all others. At each failure one more comes up, to tell the two apart.
 */
const SPARE_SHARE = 100;
/** Of entries held no more than these: where more are left over, the peer is down, and the spare ones are kept. */
const FEW_HELD = 20;

/** Entries that the reach moves at a time; each step is a flush, and after a crash as many go out as replay. */
const REACH_STEP = 10_000;

export interface ProgressOptions {
  readonly journal: Pick<LaneJournal, 'extend' | 'save'>;
  readonly maxAhead: number;
  readonly refusals: Pick<Refusals, 'inARow'>;
  readonly persistence: Pick<Persistence, 'write'>;
  readonly life: LaneLife;
}

export class Progress {
  readonly #options: ProgressOptions;
  readonly #settled = new Settled();
  readonly #signal = new Signal();
  /** Number of the last entry that the journal gave, taken up or not. */
  #read = 0;
  /** Number of the last entry taken up. */
  #taken = 0;
  #held = 0;
  #reach = 0;
  #spareUsed = 0;
  #unsaved = false;
  #saving: Promise<void> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Entries taken up and not settled. */
  get held(): number {
    return this.#held;
  }

  /** Resolves with how many entries may be taken up now, 1 or more. */
  async room(signal: AbortSignal): Promise<number> {
    await this.#signal.until(() => this.#room() > 0, signal);
    return this.#room();
  }

  /** An event has failed and nothing was taken since it did so before. Does nothing while there is room, or nothing to spare. */
  lookFurther(): void {
    const spare = Math.floor(this.#options.maxAhead / SPARE_SHARE);
    if (this.#room() > 0 || this.#held > FEW_HELD || this.#spareUsed >= spare) return;
    this.#spareUsed += 1;
    this.#signal.notify();
  }

  /** The journal gave `count` more entries, to be taken up in their order. */
  arrived(count: number): void {
    this.#read += count;
  }

  take({ position, entry, withinReach, replay, partition }: JournaledEntry): Held {
    this.#taken += 1;
    this.#held += 1;
    // Not by `replay`: an entry that was read from the API once more says nothing of those before it.
    if (withinReach) this.#reach = this.#taken;
    return { number: this.#taken, position, entry, replay, partition };
  }

  /** Resolves when a crash after sending `held` could not make it look as if it was never sent. */
  async cover(held: Held): Promise<void> {
    if (held.number <= this.#reach) return;
    const reach = this.#read + REACH_STEP;
    await this.#write(() => this.#options.journal.extend(REACH_STEP));
    this.#reach = reach;
  }

  /** The lane is done with these; the cursor follows. Dead letters that went again are none of its matter. */
  settle(all: readonly Held[], how: SettledAs): void {
    const items = all.filter((item): item is Held & Numbered => item.position !== undefined);
    if (items.length === 0) return;
    const { next } = this.#settled;
    for (const item of items) this.#settled.add(item, how);
    if (this.#settled.next > next) this.#spareUsed = 0;
    this.#held -= items.length;
    this.#unsaved = true;
    this.#saving ??= this.#save();
    this.#signal.notify();
  }

  /** Resolves when nothing is held and the cursor says so. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#signal.until(() => this.#held === 0 && this.#saving === undefined, signal);
  }

  /** Resolves when the cursor of all that is settled is saved. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  /** After the last send: what was read and no more may have been sent, so less goes out as replay after the next start. */
  async retract(): Promise<void> {
    await this.#options.journal.extend(0);
  }

  #write(work: () => Promise<void>): Promise<void> {
    return this.#options.persistence.write(work, this.#options.life.ended);
  }

  #room(): number {
    const { maxAhead } = this.#options;
    const spare = Math.floor(maxAhead / SPARE_SHARE) - this.#spareUsed;
    return maxAhead - spare - (this.#taken + 1 - this.#settled.next);
  }

  #cursor(): Cursor {
    return { ...this.#settled.cursor(this.#reach), refusals: this.#options.refusals.inARow };
  }

  /** One save at a time; what settles meanwhile goes along with the next. */
  async #save(): Promise<void> {
    try {
      while (this.#unsaved) {
        this.#unsaved = false;
        await this.#write(() => this.#options.journal.save(this.#cursor()));
      }
    } catch (error) {
      // The journal will never save.
      this.#options.life.fail(error);
    }
    this.#saving = undefined;
    this.#signal.notify();
  }
}
