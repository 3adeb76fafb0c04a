/**
 * Settles events: notes what became of each where it came from, which is the cursor, the dead letters or a replay. What is
 * settled is not sent again.
 */
import type { SettledAs } from '../../journal/journal.ts';
import { logIds } from '../../log-ids.ts';
import type { Runtime } from '../../runtime.ts';
import type { Tally } from '../health/tally.ts';
import { type Held, isFirst } from '../held.ts';
import type { Exclusions } from '../send/exclusions.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Dead, PartOutcome } from './outcome.ts';
import type { Persistence } from './persistence.ts';
import type { Progress } from './progress.ts';
import type { Replays } from './replays.ts';

export interface SettlerOptions {
  /** The lane's. */
  readonly name: string;
  readonly progress: Progress;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly replays: Replays;
  readonly persistence: Persistence;
  readonly exclusions: Pick<Exclusions, 'note'>;
  readonly tally: Pick<Tally, 'deadLettered'>;
  readonly runtime: Pick<Runtime, 'log'>;
}

export class Settler {
  readonly #options: SettlerOptions;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** What an answer has decided; resolves when the dead letters of it are on disk. What goes again is not settled. */
  async settleOutcome(outcome: PartOutcome): Promise<void> {
    const { acked, dead, excluded } = outcome;
    await this.settle(acked, 'acked');
    for (const { rule, items } of excluded) {
      await this.settle(items, `excluded.${rule}`);
      this.#options.exclusions.note(rule, items.length);
    }
    await this.deadLetter(dead);
    this.#say(outcome);
  }

  /** Resolves when those that are dead letters have left the journal. The cursor follows by itself. */
  async settle(items: readonly Held[], how: SettledAs): Promise<void> {
    const { progress, deadLetterQueue, replays } = this.#options;
    progress.settle(items, how);
    replays.settle(items, how);
    await deadLetterQueue.settle(items, how);
  }

  /** Before the cursor passes them they are on disk. */
  async deadLetter(dead: readonly Dead[]): Promise<void> {
    const { progress, deadLetterQueue, replays, tally } = this.#options;
    await deadLetterQueue.add(dead);
    const items = dead.map(({ item }) => item);
    tally.deadLettered += items.filter(isFirst).length;
    progress.settle(items, 'dead_lettered');
    replays.settle(items, 'dead_lettered');
  }

  /** Resolves when nothing that was read is unsettled and the cursor says so. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#options.progress.idle(signal);
  }

  /** Resolves when all that is settled is saved. */
  async saved(): Promise<void> {
    await this.#options.progress.saved();
    await this.#options.replays.saved();
  }

  /** After the last send. */
  async retract(): Promise<void> {
    const { persistence, progress } = this.#options;
    if (!persistence.hasLeft) await progress.retract().catch(() => undefined);
  }

  /** The journal is a successor's from now on. */
  leave(): void {
    this.#options.persistence.leave();
  }

  #say({ acked, dead, excluded, again }: PartOutcome): void {
    const { name, runtime } = this.#options;
    const fields = {
      lane: name,
      acked: acked.length,
      dead: dead.length,
      parts: again.length,
      acked_ids: logIds(() => idsOf(acked)),
      dead_ids: logIds(() => dead.map(({ item }) => item.entry.id)),
      excluded_ids: logIds(() => excluded.flatMap(({ items }) => idsOf(items))),
      again_ids: logIds(() => again.flatMap(({ items }) => idsOf(items))),
    };
    runtime.log('debug', 'BATCH_SETTLED', `${name}: an answer is settled`, fields);
  }
}

function idsOf(items: readonly Held[]): readonly string[] {
  return items.map(({ entry }) => entry.id);
}
