/** What a lane shows of itself: its health in words and its counts. Follows every answer and decides nothing. */
import type { Runtime } from '../../runtime.ts';
import type { Held } from '../held.ts';
import type { PartOutcome } from '../settle/outcome.ts';
import type { Delivered } from './deliveries.ts';
import { Health } from './health.ts';
import { Tally } from './tally.ts';

export interface LaneReportOptions {
  /** The lane's. */
  readonly name: string;
  readonly runtime: Pick<Runtime, 'log' | 'now'>;
  readonly onAcked: ((items: readonly Delivered[]) => void) | undefined;
  /** The peer refused the credentials, or what else blocks. */
  onRefused(): void;
}

export class LaneReport {
  readonly health: Health;
  readonly tally: Tally;
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #onRefused: () => void;

  constructor({ name, runtime, onAcked, onRefused }: LaneReportOptions) {
    this.health = new Health(name, runtime);
    this.tally = new Tally(runtime.now(), onAcked);
    this.#runtime = runtime;
    this.#onRefused = onRefused;
  }

  answer(outcome: PartOutcome): void {
    this.tally.answer(outcome, this.#runtime.now());
    this.health.answer(outcome);
    if (outcome.verdict === 'blocked') this.#onRefused();
  }

  /** The lane is done with these, whatever became of them. */
  forget(items: readonly Held[]): void {
    this.health.forget(items);
  }
}
