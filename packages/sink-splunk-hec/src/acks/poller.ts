/** Asks one address for the acknowledgments of all that waits there, every so often, and only while something waits. */
import type { HttpReply } from '@audit-relay/sink-http';
import { reasonOf, wordsOf } from '../answer.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Waiting } from './ledger.ts';

/** Resolves after so many milliseconds. @throws when the signal fires. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface PollerOptions {
  readonly endpoint: Endpoint;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly sleep: Sleep;
  /** The collector says that there are no acknowledgments to be had. */
  onRefused(reason: string): void;
  /** It did not say; it is asked again. */
  onTrouble(reason: string): void;
}

/** The token is refused so often in a row before what waits is given up: a new token takes a while to reach every indexer. */
const REFUSALS = 3;

/** Ids in one question. */
const MOST_IDS = 1_000;

/** Statuses by which something says that there is no such service. */
const NO_SERVICE: ReadonlySet<number> = new Set([404, 405, 410, 501]);

export class Poller {
  readonly #options: PollerOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Answers in a row that refuse the token. */
  #refusals = 0;
  #hasAnswered = false;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Something waits. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the sink is closed'));
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { endpoint, intervalMs, sleep } = this.#options;
    const { signal } = this.#stop;
    try {
      while (endpoint.ledger.size > 0) {
        await sleep(intervalMs, signal);
        const waiting = endpoint.ledger.asked();
        for (let from = 0; from < waiting.length; from += MOST_IDS) {
          const asked = waiting.slice(from, from + MOST_IDS);
          this.#heed(await askFor(endpoint, { ids: asked.map(({ id }) => id), signal }), asked);
        }
      }
    } catch {
      // Closed: what waited was settled before, or goes again.
    }
  }

  #heed(reply: HttpReply, asked: readonly Waiting[]): void {
    const { endpoint, onTrouble } = this.#options;
    const statuses = statusesIn(reply);
    if (statuses !== undefined) {
      this.#hasAnswered = true;
      this.#refusals = 0;
      endpoint.ledger.indexed(asked.filter(({ id }) => statuses[id] === true));
      return;
    }
    const refusal = refusalIn(reply, this.#hasAnswered);
    if (refusal !== undefined) this.#options.onRefused(refusal);
    else onTrouble(troubleIn(reply));
    this.#refusals = reply.kind === 'answer' && (reply.status === 401 || reply.status === 403) ? this.#refusals + 1 : 0;
    // The sink is opened anew with another token only once nothing waits.
    if (this.#refusals >= REFUSALS) endpoint.ledger.settleAll('refused');
  }
}

/** What is asked of the acknowledgment service. */
export interface AckQuestion {
  readonly ids: readonly number[];
  /** In place of the process's own. */
  readonly channel?: string;
  readonly signal: AbortSignal;
}

/** @throws the signal's reason. */
export function askFor(endpoint: Endpoint, { ids, ...rest }: AckQuestion): Promise<HttpReply> {
  return endpoint.request({ to: 'ack', body: JSON.stringify({ acks: ids }), ...rest });
}

/** Which ids are indexed; undefined: the reply does not say. */
export function statusesIn(reply: HttpReply): Readonly<Record<string, unknown>> | undefined {
  if (reply.kind === 'fault' || reply.status !== 200) return undefined;
  const { acks } = Object(reply.json()) as { acks?: unknown };
  // Read key by key, and only `true` counts.
  return typeof acks === 'object' && acks !== null ? (acks as Record<string, unknown>) : undefined;
}

/** Why no acknowledgment can be had here; undefined: that is not what the reply says. */
export function refusalIn(reply: HttpReply, hasAnswered: boolean): string | undefined {
  if (reply.kind === 'fault') return undefined;
  const words = wordsOf(reply);
  if (words?.code === 14) return reasonOf(reply, words);
  const isNone = NO_SERVICE.has(reply.status) && !hasAnswered;
  return isNone ? `HTTP ${reply.status}: there is no acknowledgment service at this address` : undefined;
}

/** What the reply says in place of acknowledgments. */
export function troubleIn(reply: HttpReply): string {
  if (reply.kind === 'fault') return reply.reason;
  const words = wordsOf(reply);
  return words === undefined ? `HTTP ${reply.status} without acknowledgments` : reasonOf(reply, words);
}
