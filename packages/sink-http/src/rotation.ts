/** Which of several addresses is next: in turn, and one that failed only when it has had time to come back. */
import type { SinkContext } from '@audit-relay/sink';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

interface Standing<Endpoint> {
  readonly endpoint: Endpoint;
  /** Failures in a row. */
  failures: number;
  /** Left alone until then, by `elapsedMs`. */
  untilMs: number;
}

/** Of whatever stands for an address. */
export class Rotation<Endpoint> {
  readonly #places: Standing<Endpoint>[];
  readonly #elapsedMs: SinkContext['elapsedMs'];
  #next = 0;

  /** @param endpoints one or more. */
  constructor(endpoints: readonly Endpoint[], { elapsedMs }: Pick<SinkContext, 'elapsedMs'>) {
    this.#places = endpoints.map((endpoint) => ({ endpoint, failures: 0, untilMs: Number.NEGATIVE_INFINITY }));
    this.#elapsedMs = elapsedMs;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#places.map(({ endpoint }) => endpoint);
  }

  /** The next that is not left alone; when all are, the one whose time is over first. */
  next(): Endpoint {
    const nowMs = this.#elapsedMs();
    const inTurn = [...this.#places.slice(this.#next), ...this.#places.slice(0, this.#next)];
    const ready = inTurn.find(({ untilMs }) => untilMs <= nowMs);
    const chosen = ready ?? inTurn.reduce((best, place) => (place.untilMs < best.untilMs ? place : best));
    this.#next = (this.#places.indexOf(chosen) + 1) % this.#places.length;
    return chosen.endpoint;
  }

  /** Whether `endpoint` took or judged what it was sent. */
  note(endpoint: Endpoint, isWell: boolean): void {
    const place = this.#places.find((each) => each.endpoint === endpoint);
    if (place === undefined) return;
    place.failures = isWell ? 0 : place.failures + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (place.failures - 1), LONGEST_PAUSE_MS);
    place.untilMs = isWell ? Number.NEGATIVE_INFINITY : this.#elapsedMs() + pauseMs;
  }
}
