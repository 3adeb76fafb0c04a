/**
 * One feed's way to the API: every request of its three loops goes through here, in this order:
 * gate, budget, client, judgement, health. What comes out is a page or nothing.
 */
import type { Feed } from '../entry.ts';
import type { Span } from '../journal/checkpoint.ts';
import type { Runtime } from '../runtime.ts';
import { type Answer, judge, type PageAnswer } from './answer.ts';
import type { Budget, Purpose } from './budget.ts';
import type { Client } from './client.ts';
import type { ServerClock } from './clock.ts';
import { Gate } from './gate.ts';
import type { FeedHealth } from './health.ts';
import { auditLogsPath } from './query.ts';
import { countFailure, type FeedTally } from './tally.ts';

export interface FeedApiOptions {
  readonly source: string;
  readonly feed: Feed;
  readonly runtime: Runtime;
  readonly client: Client;
  readonly budget: Budget;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  onRefused(): void;
}

export interface Question {
  readonly window: Span;
  /** Absent: the first page. */
  readonly after: string | undefined;
  readonly purpose: Purpose;
}

export class FeedApi {
  readonly #options: FeedApiOptions;
  readonly #gate: Gate;

  constructor(options: FeedApiOptions) {
    this.#options = options;
    this.#gate = new Gate(options.runtime);
  }

  /**
   * Asks once. Undefined: a fault, which health has noted; the next question waits as long as it
   * must, so a caller may ask again at once.
   * @throws the signal's reason when it fires first.
   */
  async ask(question: Question, signal: AbortSignal): Promise<PageAnswer | undefined> {
    const { budget, health } = this.#options;
    await this.#gate.enter(signal);
    try {
      await budget.take(question.purpose, signal);
      const attempt = health.attempt();
      return this.#settle(await this.#request(question, signal), attempt);
    } finally {
      this.#gate.leave();
    }
  }

  async #request({ window, after }: Question, signal: AbortSignal): Promise<Answer> {
    const { client, feed, runtime, tally } = this.#options;
    tally.requests += 1;
    const reply = await client.get(auditLogsPath({ feed, window, after }), signal);
    return judge(reply, { feed, receivedMs: runtime.now() });
  }

  #settle(answer: Answer, attempt: number): PageAnswer | undefined {
    const { source, feed, health, clock, tally, runtime, onRefused } = this.#options;
    if (answer.kind !== 'page') {
      countFailure(tally, answer.failure);
      this.#gate.hold(health.fault(answer, attempt));
      if (answer.failure === 'http_401' || answer.failure === 'http_403') onRefused();
      return undefined;
    }
    health.good();
    this.#gate.open();
    if (answer.serverSeconds !== undefined) clock.note(answer.serverSeconds);
    tally.lastAnswerMs = answer.receivedMs;
    const { records, hasMore } = answer.page;
    runtime.log('debug', 'PAGE_READ', 'a page was read', { source, feed, records: records.length, has_more: hasMore });
    return answer;
  }
}
