/** Which of several addresses is next: in turn, and one that failed only when it has had time to come back. */
import type { SinkContext } from '@audit-relay/sink';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

interface Standing<Endpoint> {
  readonly endpoint: Endpoint;
  /** Failures in a row, of requests that each began after the one before had failed. */
  failures: number;
  /** All that were counted so far: a request that began before the last of them says nothing new. */
  counted: number;
  /** Left alone until then, by `elapsedMs`. */
  untilMs: number;
}

/** One request's address. */
export interface Turn<Endpoint> {
  readonly endpoint: Endpoint;
  /**
   * Whether the address took or judged what it was sent; to be called once. Of requests that were on their way together one
   * failure counts: an address that was away for a moment would else be left alone for minutes.
   */
  note(isWell: boolean): void;
}

/** Of whatever stands for an address. */
export class Rotation<Endpoint> {
  readonly #places: Standing<Endpoint>[];
  readonly #elapsedMs: SinkContext['elapsedMs'];
  #next = 0;

  /** @param endpoints one or more. */
  constructor(endpoints: readonly Endpoint[], { elapsedMs }: Pick<SinkContext, 'elapsedMs'>) {
    this.#places = endpoints.map((endpoint) => ({
      endpoint,
      failures: 0,
      counted: 0,
      untilMs: Number.NEGATIVE_INFINITY,
    }));
    this.#elapsedMs = elapsedMs;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#places.map(({ endpoint }) => endpoint);
  }

  /** The next that is not left alone; when all are, the one whose time is over first. */
  next(): Turn<Endpoint> {
    const nowMs = this.#elapsedMs();
    const inTurn = [...this.#places.slice(this.#next), ...this.#places.slice(0, this.#next)];
    const ready = inTurn.find(({ untilMs }) => untilMs <= nowMs);
    const chosen = ready ?? inTurn.reduce((best, place) => (place.untilMs < best.untilMs ? place : best));
    this.#next = (this.#places.indexOf(chosen) + 1) % this.#places.length;
    const { endpoint, counted } = chosen;
    return { endpoint, note: (isWell) => this.#note(chosen, isWell, counted) };
  }

  #note(place: Standing<Endpoint>, isWell: boolean, countedBefore: number): void {
    if (isWell) {
      place.failures = 0;
      place.untilMs = Number.NEGATIVE_INFINITY;
    } else if (place.counted === countedBefore) {
      place.failures += 1;
      place.counted += 1;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (place.failures - 1), LONGEST_PAUSE_MS);
      place.untilMs = this.#elapsedMs() + pauseMs;
    }
  }
}
