/**
 * What the answer to one send means for each of its events: what `outcome.ts` makes of this one answer, corrected by what is
 * known of others: `refusals.ts` (a hundred refused in a row) and `poison.ts` (one that fails alone for too long).
 */
import type { Runtime } from '../../runtime.ts';
import type { Tally } from '../health/tally.ts';
import type { Part } from '../part.ts';
import type { Rendered } from '../read/rendered.ts';
import type { SendAnswer } from '../send/attempt.ts';
import { backoffMs } from '../send/backoff.ts';
import { outcomeOf, type PartOutcome } from './outcome.ts';
import { countFailure, isPoison } from './poison.ts';
import type { Progress } from './progress.ts';
import type { Refusals } from './refusals.ts';

export interface JudgeOptions {
  readonly refusals: Refusals;
  readonly progress: Pick<Progress, 'lookFurther'>;
  readonly tally: Pick<Tally, 'acked'>;
  readonly poisonAfterMs: number;
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'random'>;
}

export class Judge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  outcomeOf(part: Part, answer: SendAnswer): PartOutcome {
    const { refusals, runtime } = this.#options;
    const backoff = (tries: number, askedMs?: number): number => backoffMs(tries, () => runtime.random(), askedMs);
    const outcome = refusals.judge(part, outcomeOf(part, answer, backoff), backoff);
    const [item] = part.items;
    if (part.items.length !== 1 || item === undefined || outcome.verdict !== 'failed') return outcome;
    return this.#failedAlone(part, item, outcome);
  }

  #failedAlone(part: Part, item: Rendered, outcome: PartOutcome): PartOutcome {
    const { poisonAfterMs, progress, runtime, tally } = this.#options;
    const elapsedMs = runtime.elapsedMs();
    const failures = countFailure(part.failures, { elapsedMs, acked: tally.acked });
    if (failures.count === (part.failures?.count ?? 0)) progress.lookFurther();
    if (!isPoison(failures, elapsedMs, poisonAfterMs)) {
      return { ...outcome, again: outcome.again.map((again) => ({ ...again, failures })) };
    }
    const attempts = part.sends + 1;
    const reason = `undeliverable after ${attempts} sends: ${outcome.reason}`;
    const { firstMs } = part;
    const dead = { item, kind: 'undeliverable', reason, attempts, ...(firstMs !== undefined && { firstMs }) } as const;
    return { ...outcome, again: [], dead: [dead] };
  }
}
