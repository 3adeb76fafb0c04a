/** A lane's life after its start: it runs, it drains, it ends. Whoever reads or sends listens to one of its two signals. */
import { widelyHeard } from '../abort-signals.ts';
import { hasCode, RelayError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Health } from './health/health.ts';

export interface LaneLifeOptions {
  /** The lane's. */
  readonly name: string;
  readonly health: Health;
  readonly runtime: Pick<Runtime, 'log'>;
}

export class LaneLife {
  readonly #options: LaneLifeOptions;
  readonly #draining = widelyHeard();
  readonly #ended = widelyHeard();

  constructor(options: LaneLifeOptions) {
    this.#options = options;
  }

  /** Fires when a drain begins: nothing more is read, and what was read may still go out. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Fires when the time to drain is over: nothing more is sent or waited for. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  drain(): void {
    this.#draining.abort(new RelayError('LANE_DRAINING', 'the lane is draining'));
  }

  end(): void {
    this.drain();
    this.#ended.abort(new RelayError('LANE_DRAINING', 'the time to drain is over'));
  }

  /** Something failed that is not the peer's doing: the lane stops, and what it holds stays in the journal. */
  fail(error: unknown): void {
    if (this.draining.aborted && isAbort(error)) return;
    const { name, health, runtime } = this.#options;
    const problem = error instanceof Error ? error.message : String(error);
    health.stopped(problem);
    const text = `${name}: the lane stopped, its events stay in the journal: ${problem}`;
    // Another process goes on with it: nothing is wrong.
    const level = hasCode(error, 'JOURNAL_REASSIGNED') ? 'info' : 'error';
    runtime.log(level, 'LANE_STOPPED', text, { lane: name });
    this.end();
  }
}

/** Node's own waits reject with an error of theirs that has our reason as its cause. */
function isAbort(error: unknown): boolean {
  return hasCode(error, 'LANE_DRAINING') || (error instanceof Error && error.name === 'AbortError');
}
