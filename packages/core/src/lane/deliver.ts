/**
 * The last steps of a lane: sends a batch, and what is left of it, until every event is settled. Here is who waits, where, and
 * for how long; `send/sender.ts` sends, `settle/judge.ts` says what the answer means,
 * `settle/settler.ts` notes what is over.
 *
 * The ends of an event, beside its ack: what is refused for ever is halved until it is alone, and becomes a dead letter, on disk
 * before the cursor passes it; a hundred of them in a row without an ack block the lane (`settle/refusals.ts`); what always fails alone,
 * while the peer takes others, becomes one too (`settle/poison.ts`; a restart counts anew); what is blocked waits for a person.
 */
import type { Runtime } from '../runtime.ts';
import type { LaneReport } from './health/report.ts';
import type { LaneLife } from './life.ts';
import type { Part } from './part.ts';
import { letGo, type Rendered } from './read/rendered.ts';
import type { Breaker, Pass } from './send/breaker.ts';
import type { Slot, Slots } from './send/concurrency.ts';
import { Parked } from './send/parked.ts';
import type { Sender } from './send/sender.ts';
import type { Judge } from './settle/judge.ts';
import { firstNumber, type PartOutcome } from './settle/outcome.ts';
import type { Settler } from './settle/settler.ts';

export interface DeliveryOptions {
  readonly slots: Slots;
  readonly breaker: Breaker;
  readonly sender: Sender;
  readonly judge: Judge;
  readonly report: LaneReport;
  readonly settler: Settler;
  readonly life: LaneLife;
  readonly runtime: Pick<Runtime, 'now' | 'sleep'>;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #parked = new Parked();
  readonly #running = new Set<Promise<void>>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Single events that wait for their next try without holding up the lane. */
  get parked(): number {
    return this.#parked.size;
  }

  /** Sends batches, each as soon as one more may be in flight, until there are no more and all are done with. Never rejects. */
  async run(batches: readonly AsyncIterable<readonly Rendered[]>[]): Promise<void> {
    const { life, slots } = this.#options;
    const all = batches.map(async (some) => {
      try {
        for await (const batch of some) this.#begin(batch, await slots.take(life.ended, isRetry(batch)));
      } catch (error) {
        life.fail(error);
      }
    });
    await Promise.all(all);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Takes the slot over and returns at once. */
  #begin(items: readonly Rendered[], slot: Slot): void {
    const replay = items[0]?.replay ?? false;
    this.#track(this.#deliver({ items, replay, sends: 0, tries: 0, leftOver: false, waitMs: 0 }, slot));
  }

  /** Never rejects: what is not settled stays in the journal. */
  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#options.life.fail(error))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Parts go out one after another in the batch's own slot; a single event that must wait is parked. */
  async #deliver(whole: Part, slot: Slot): Promise<void> {
    const { life, runtime, slots } = this.#options;
    let held = slot;
    try {
      const parts = [whole];
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        if (this.#isOver(part)) continue;
        if (part.waitMs > 0 && part.items.length === 1 && this.#parked.enter()) {
          this.#track(this.#waitAside(part));
          continue;
        }
        // Before the wait for its own sake, after it because there may be fewer slots by then.
        if (slots.isCrowded) held.free();
        if (part.waitMs > 0) await runtime.sleep(part.waitMs, life.ended);
        if (slots.isCrowded) held.free();
        if (held.freed) held = await slots.take(life.ended, isRetry(part.items));
        await held.reclaim(life.ended);
        parts.unshift(...(await this.#sendOnce(part, held)));
      }
    } finally {
      held.free();
    }
  }

  async #waitAside(part: Part): Promise<void> {
    const { life, runtime, slots } = this.#options;
    let slot: Slot;
    try {
      await runtime.sleep(part.waitMs, life.ended);
      slot = await slots.take(life.ended, isRetry(part.items));
    } finally {
      this.#parked.leave();
    }
    await this.#deliver({ ...part, waitMs: 0 }, slot);
  }

  /** Of a replay that somebody has ended: it is let go, and nothing waits for it. */
  #isOver({ items }: Part): boolean {
    if (items[0]?.ordered?.by.ended.aborted !== true) return false;
    this.#options.report.forget(items);
    return true;
  }

  /** Sends it and settles what can be settled; returns what has to go again. */
  async #sendOnce(part: Part, slot: Slot): Promise<PartOutcome['again']> {
    const { breaker, judge, life, report, runtime, sender, slots } = this.#options;
    const pass = await this.#enter(part, slot);
    const { round } = slots;
    const firstMs = part.firstMs ?? runtime.now();
    const answer = await sender.send(part, () => slot.free());
    slots.heed(answer, round);
    const outcome = judge.outcomeOf({ ...part, firstMs }, answer);
    breaker.leave(pass, outcome.verdict, firstNumber(part));
    report.answer(outcome);
    if (outcome.kind === 'broken' || outcome.kind === 'aborted')
      sender.renewSink().catch((error: unknown) => life.fail(error));
    await this.#settle(outcome, slot);
    for (const { items, waitMs } of outcome.again) if (waitMs > 0) letGo(items);
    return outcome.again;
  }

  /** Leave to send. While a dead letter does not fit, the slot is lent to those that go again: they alone make room. */
  async #enter(part: Part, slot: Slot): Promise<Pass> {
    const { breaker, life } = this.#options;
    for (;;) {
      const pass = await breaker.enter(life.ended, isRetry(part.items));
      if (pass !== undefined) return pass;
      slot.lend();
      await breaker.room(life.ended);
      await slot.reclaim(life.ended);
    }
  }

  async #settle(outcome: PartOutcome, slot: Slot): Promise<void> {
    const { breaker, settler } = this.#options;
    const forget = breaker.onLackOfRoom(() => slot.lend());
    try {
      await settler.settleOutcome(outcome);
    } finally {
      forget();
    }
  }
}

/** Of dead letters that go again; a batch never has both. */
function isRetry([first]: readonly Rendered[]): boolean {
  return first?.deadLetter !== undefined;
}
