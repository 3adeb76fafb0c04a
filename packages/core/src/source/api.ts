/**
 * One feed's way to the API: every request of its three loops goes through here, in this order:
 * gate, budget, client, judgement, health. What comes out is a page or nothing.
 */
import type { Feed } from '../entry.ts';
import type { Span } from '../journal/checkpoint.ts';
import type { Runtime } from '../runtime.ts';
import { type Answer, type Evidence, judge, type PageAnswer } from './answer.ts';
import type { BackfillSlots } from './backfill-slots.ts';
import type { Budget, Purpose } from './budget.ts';
import type { Client } from './client.ts';
import type { ServerClock } from './clock.ts';
import type { Filters } from './filters.ts';
import { Gate } from './gate.ts';
import type { FeedHealth } from './health.ts';
import { auditLogsPath, type PageCursor } from './query.ts';
import { countFailure, type FeedTally } from './tally.ts';

export interface FeedApiOptions {
  readonly source: string;
  readonly feed: Feed;
  readonly filters: Filters;
  readonly runtime: Runtime;
  readonly client: Client;
  readonly budget: Budget;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  readonly slots: BackfillSlots;
  onRefused(): void;
  /** Keeps what could not be read, for a human. */
  keepEvidence(evidence: Evidence): void;
}

export interface Question {
  readonly window: Span;
  /** Absent: the first page. */
  readonly cursor: PageCursor | undefined;
  readonly purpose: Purpose;
}

interface Asked {
  readonly answer: PageAnswer | undefined;
  readonly ms: number;
  readonly budgetMs: number;
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
    const { slots } = this.#options;
    if (question.purpose !== 'backfill') return (await this.#askOnce(question, signal)).answer;
    return slots.within(async (slot) => {
      const { answer, ms, budgetMs } = await this.#askOnce(question, signal);
      if (answer !== undefined) slots.answered({ slot, ms, wasFull: budgetMs < 1 });
      return answer;
    }, signal);
  }

  /** With how long the answer took and how long the budget had to be waited for, in milliseconds. */
  async #askOnce(question: Question, signal: AbortSignal): Promise<Asked> {
    const { budget, health, runtime } = this.#options;
    await this.#gate.enter(signal);
    try {
      const budgetMs = await budget.take(question.purpose, signal);
      const attempt = health.attempt();
      const sentMs = runtime.elapsedMs();
      const answer = await this.#request(question, signal);
      const ms = runtime.elapsedMs() - sentMs;
      return { answer: this.#settle(answer, attempt), ms, budgetMs };
    } finally {
      this.#gate.leave();
    }
  }

  async #request({ window, cursor }: Question, signal: AbortSignal): Promise<Answer> {
    const { client, feed, filters, runtime, tally } = this.#options;
    tally.requests += 1;
    const reply = await client.get(auditLogsPath({ feed, filters, window, cursor }), signal);
    return judge(reply, { feed, receivedMs: runtime.now() });
  }

  #settle(answer: Answer, attempt: number): PageAnswer | undefined {
    const { source, feed, health, clock, tally, runtime, slots, onRefused, keepEvidence } = this.#options;
    if (answer.kind !== 'page') {
      countFailure(tally, answer.failure);
      this.#gate.hold(health.fault(answer, attempt));
      if (answer.failure === 'http_401' || answer.failure === 'http_403') onRefused();
      if (answer.failure === 'http_429') slots.refused();
      if (answer.evidence !== undefined) keepEvidence(answer.evidence);
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
