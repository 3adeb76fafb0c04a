/**
 * The lane's way to its dead letters and back: they are on disk before the cursor passes what they keep, and those that go
 * again stay there until they are at the peer.
 */

import { type DeadLetters, deadLetterId, namedIds } from '../../journal/dead-letter.ts';
import type { SettledAs } from '../../journal/journal.ts';
import type { Runtime } from '../../runtime.ts';
import { Signal } from '../../signal.ts';
import type { Held } from '../held.ts';
import type { LaneLife } from '../life.ts';
import type { Dead } from './outcome.ts';
import type { Persistence } from './persistence.ts';

/** Raw text of dead letters that go again at a time, in bytes. */
const PORTION_BYTES = 2 ** 20;

export interface DeadLetterQueueOptions {
  /** The lane's. */
  readonly name: string;
  readonly deadLetters: Pick<DeadLetters, 'add' | 'takeRetries' | 'settle' | 'failAgain'>;
  readonly runtime: Runtime;
  readonly persistence: Persistence;
  readonly life: Pick<LaneLife, 'draining'>;
}

export class DeadLetterQueue {
  readonly #options: DeadLetterQueueOptions;
  readonly #signal = new Signal();
  /** Letters that go again and are not done with. */
  #out = 0;
  /** Below any number that an entry has, ascending. */
  #number = Number.MIN_SAFE_INTEGER;

  constructor(options: DeadLetterQueueOptions) {
    this.#options = options;
  }

  /**
   * The dead letters that are asked to go again, as entries that may have been sent before; the next portion once all of one are
   * done with, so that however many are asked for, few are in memory. Ends when the drain begins.
   */
  async *retries(): AsyncGenerator<readonly Held[]> {
    const { name, deadLetters, life } = this.#options;
    const signal = life.draining;
    try {
      for (;;) {
        const portion = await deadLetters.takeRetries(name, PORTION_BYTES, signal);
        this.#out += portion.length;
        yield portion.map(({ sequence, entry }) => ({
          number: this.#number++,
          entry,
          replay: true,
          deadLetter: sequence,
        }));
        await this.#signal.until(() => this.#out === 0, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Those of `items` that are dead letters leave the journal; resolves when that is on disk. */
  async settle(items: readonly Held[], how: SettledAs): Promise<void> {
    const sequences = items.flatMap(({ deadLetter }) => (deadLetter === undefined ? [] : [deadLetter]));
    if (sequences.length === 0) return;
    const { name, deadLetters } = this.#options;
    await this.#write(() => deadLetters.settle(name, sequences, how));
    this.#done(sequences.length);
  }

  /**
   * Resolves when all of them are on disk. While they do not fit, the lane is blocked and this waits.
   * @throws the reason of the drain, or an error of the journal that is final.
   */
  async add(dead: readonly Dead[]): Promise<void> {
    if (dead.length === 0) return;
    const ids: string[] = [];
    const fresh = dead.filter(({ item }) => item.deadLetter === undefined);
    const { name, deadLetters } = this.#options;
    if (fresh.length > 0) {
      const letters = fresh.map((one) => this.#letter(one));
      await this.#write(async () => {
        for (const sequence of await deadLetters.add(letters)) ids.push(deadLetterId(name, sequence));
      });
    }
    const failed = dead.flatMap((one) =>
      one.item.deadLetter === undefined ? [] : [{ ...one, sequence: one.item.deadLetter }],
    );
    if (failed.length > 0) {
      const atMs = this.#options.runtime.now();
      const failures = failed.map(({ sequence, reason, kind, attempts }) => ({
        sequence,
        reason,
        kind,
        attempts,
        atMs,
      }));
      await this.#write(() => deadLetters.failAgain(name, failures));
      ids.push(...failures.map(({ sequence }) => deadLetterId(name, sequence)));
      this.#done(failed.length);
    }
    this.#say(dead, ids);
  }

  #say([first]: readonly Dead[], ids: readonly string[]): void {
    const { name, runtime } = this.#options;
    const text = `${name}: ${ids.length} event(s) were set aside as dead letter ${namedIds(ids)}: ${first?.reason}. Look at one: audit-relay dead-letters show ${ids[0]}`;
    runtime.log('warn', 'DEAD_LETTERED', text, {
      lane: name,
      events: ids.length,
      kind: first?.kind,
      id: first?.item.entry.id,
      letters: ids,
    });
  }

  #letter({ item, kind, reason, attempts, firstMs }: Dead): Parameters<DeadLetters['add']>[0][number] {
    const { name, runtime } = this.#options;
    const atMs = runtime.now();
    return { lane: name, entry: item.entry, kind, reason, attempts, ...(firstMs !== undefined && { firstMs }), atMs };
  }

  /** There is no waiting during a drain: what did not fit stays in the journal. */
  async #write(work: () => Promise<void>): Promise<void> {
    const { life, persistence } = this.#options;
    await persistence.write(work, life.draining);
  }

  #done(count: number): void {
    this.#out -= count;
    this.#signal.notify();
  }
}
