/**
 * The last steps of a lane: sends a batch, and what is left of it, until every event is settled.
 * What an answer means is decided in `settle.ts`; here is who waits, where, and for how long.
 *
 * The ends of an event, beside its ack: what is refused for ever is halved until it is alone, and becomes a dead letter, on disk
 * before the cursor passes it; a hundred of them in a row without an ack block the lane (`refusals.ts`); what always fails alone,
 * while the peer takes others, becomes one too (`poison.ts`; a restart counts anew); what is blocked waits for a person.
 */
import type { Batch, SendCall, SendResult, Sink } from '@audit-relay/sink';
import { hasCode } from '../errors.ts';
import { logIds } from '../log-ids.ts';
import { attempt } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import type { Slot } from './concurrency.ts';
import { isFirst, type Part } from './held.ts';
import { countFailure, isPoison } from './poison.ts';
import type { Rendered } from './rendered.ts';
import { firstNumber, type SendAnswer, type Settlement, settle, tellsOfSink } from './settle.ts';
import type { LaneState } from './state.ts';

export class Delivery {
  readonly #state: LaneState;
  readonly #running = new Set<Promise<void>>();

  constructor(state: LaneState) {
    this.#state = state;
  }

  /** Takes the slot over and returns at once. */
  begin(items: readonly Rendered[], slot: Slot): void {
    const replay = items[0]?.replay ?? false;
    this.#track(this.#deliver({ items, replay, sends: 0, tries: 0, leftOver: false, waitMs: 0 }, slot));
  }

  /** Resolves when nothing that was begun is under way. */
  async finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Never rejects: what is not settled stays in the journal. */
  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#state.fail(error))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Parts go out one after another in the batch's own slot; a single event that must wait is parked. */
  async #deliver(whole: Part, slot: Slot): Promise<void> {
    const { parked, runtime, slots, stop } = this.#state;
    let held = slot;
    try {
      const parts = [whole];
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        if (this.#isOver(part)) continue;
        if (part.waitMs > 0 && part.items.length === 1 && parked.enter()) {
          this.#track(this.#waitAside(part));
          continue;
        }
        // Before the wait for its own sake, after it because there may be fewer slots by then.
        if (slots.isCrowded) held.free();
        if (part.waitMs > 0) await runtime.sleep(part.waitMs, stop.signal);
        if (slots.isCrowded) held.free();
        if (held.freed) held = await slots.take(stop.signal);
        parts.unshift(...(await this.#sendOnce(part, held)));
      }
    } finally {
      held.free();
    }
  }

  async #waitAside(part: Part): Promise<void> {
    const { parked, runtime, slots, stop } = this.#state;
    let slot: Slot;
    try {
      await runtime.sleep(part.waitMs, stop.signal);
      slot = await slots.take(stop.signal);
    } finally {
      parked.leave();
    }
    await this.#deliver({ ...part, waitMs: 0 }, slot);
  }

  /** Of a replay that somebody has ended: it is let go, and nothing waits for it. */
  #isOver({ items }: Part): boolean {
    if (items[0]?.ordered?.by.ended.aborted !== true) return false;
    this.#state.health.settled(items);
    return true;
  }

  /** Sends it and settles what can be settled; returns what has to go again. */
  async #sendOnce(part: Part, slot: Slot): Promise<readonly Part[]> {
    const { breaker, runtime, slots, stop, tally } = this.#state;
    const pass = await breaker.enter(stop.signal);
    const { round } = slots;
    const firstMs = part.firstMs ?? runtime.now();
    const answer = await this.#send(part, slot);
    slots.heed(answer, round);
    const settlement = this.#judge({ ...part, firstMs }, answer);
    breaker.leave(pass, settlement.verdict, firstNumber(part));
    tally.answer(settlement, runtime.now());
    await this.#settle(settlement);
    for (const { items, waitMs } of settlement.again) if (waitMs > 0) letGo(items);
    return settlement.again;
  }

  /** @throws the stop signal's reason when the drain's end cut the send off. */
  async #send(part: Part, slot: Slot): Promise<SendAnswer> {
    const { exclusions, name, limits, runtime, sink, stop, tally, unacked } = this.#state;
    const bytes = bytesOf(part);
    await unacked.add(bytes, stop.signal);
    tally.inFlightBatches += 1;
    try {
      return await sink.use(async (get) => {
        stop.signal.throwIfAborted();
        const ids = logIds(() => idsOf(part.items));
        const fields = { lane: name, events: part.items.length, bytes, replay: part.replay, ids };
        runtime.log('debug', 'BATCH_SENDING', `${name}: a batch goes out`, fields);
        tally.sends += 1;
        if (part.replay) tally.replayed += part.items.length;
        // Made here and kept nowhere: who waits minutes for a confirmation must not hold the documents.
        const send = (call: SendCall): Promise<SendResult> => sendTo(get, batchOf(part, bytes), call);
        const accepted = (): void => {
          slot.free();
          letGo(part.items);
        };
        const answer = await attempt(send, { limits, runtime, stop: stop.signal, accepted });
        if (answer.kind === 'aborted' || answer.kind === 'broken') stop.signal.throwIfAborted();
        return exclusions.believed(answer);
      });
    } finally {
      tally.inFlightBatches -= 1;
      unacked.remove(bytes);
    }
  }

  /** What `settle.ts` says, corrected by `refusals.ts` (a hundred in a row) and `poison.ts` (fails alone for too long). */
  #judge(part: Part, answer: SendAnswer): Settlement {
    const { runtime, config, progress, refusals, tally } = this.#state;
    const backoff = (tries: number, askedMs?: number): number => backoffMs(tries, () => runtime.random(), askedMs);
    const settlement = refusals.judge(part, settle(part, answer, backoff), backoff);
    const [item] = part.items;
    if (part.items.length !== 1 || item === undefined || settlement.verdict !== 'failed') return settlement;
    const elapsedMs = runtime.elapsedMs();
    const failures = countFailure(part.failures, { elapsedMs, acked: tally.acked });
    if (failures.count === (part.failures?.count ?? 0)) progress.lookFurther();
    if (!isPoison(failures, elapsedMs, config.poison_after)) {
      return { ...settlement, again: settlement.again.map((again) => ({ ...again, failures })) };
    }
    const reason = `undeliverable after ${part.sends + 1} sends: ${settlement.reason}`;
    return {
      ...settlement,
      again: [],
      dead: [{ item, kind: 'undeliverable', reason, attempts: part.sends + 1, ...firstOf(part) }],
    };
  }

  async #settle(settlement: Settlement): Promise<void> {
    const { exclusions, health, name, deadLetterQueue, progress, replays, runtime, tally } = this.#state;
    const { acked, dead, excluded, again } = settlement;
    const deadItems = dead.map(({ item }) => item);
    const leftOut = excluded.flatMap(({ items }) => items);
    progress.settle(acked, 'acked');
    replays.settle(acked, 'acked');
    health.settled([...acked, ...leftOut, ...deadItems]);
    this.#report(settlement);
    for (const { rule, items } of excluded) {
      progress.settle(items, `excluded.${rule}`);
      replays.settle(items, `excluded.${rule}`);
      exclusions.note(rule, items.length);
    }
    await deadLetterQueue.settled(acked, 'acked');
    for (const { rule, items } of excluded) await deadLetterQueue.settled(items, `excluded.${rule}`);
    await deadLetterQueue.add(dead);
    tally.deadLettered += deadItems.filter(isFirst).length;
    progress.settle(deadItems, 'dead_lettered');
    replays.settle(deadItems, 'dead_lettered');
    const fields = {
      lane: name,
      acked: acked.length,
      dead: dead.length,
      parts: again.length,
      acked_ids: logIds(() => idsOf(acked)),
      dead_ids: logIds(() => idsOf(deadItems)),
      excluded_ids: logIds(() => idsOf(leftOut)),
      again_ids: logIds(() => again.flatMap(({ items }) => idsOf(items))),
    };
    runtime.log('debug', 'BATCH_SETTLED', `${name}: an answer is settled`, fields);
  }

  #report({ kind, verdict, reason = '', again }: Settlement): void {
    const { health, onRefused, sink } = this.#state;
    if (kind === 'broken') health.broken(reason);
    if (kind === 'broken' || kind === 'aborted') sink.retire().catch((error: unknown) => this.#state.fail(error));
    const failing = again.filter(tellsOfSink).flatMap(({ items }) => items);
    if (verdict === 'blocked') {
      health.blocked(reason);
      onRefused();
    } else if (failing.length > 0) health.retrying(failing, reason);
    if (verdict === 'answered') health.answered();
    if (verdict === 'unasked') health.unasked();
  }
}

function idsOf(items: readonly Rendered[]): readonly string[] {
  return items.map(({ entry }) => entry.id);
}

function firstOf({ firstMs }: Part): Pick<Part, 'firstMs'> {
  return firstMs === undefined ? {} : { firstMs };
}

function bytesOf({ items }: Part): number {
  return items.reduce((sum, { envelope }) => sum + envelope.bytes, 0);
}

function letGo(items: readonly Rendered[]): void {
  for (const item of items) item.letGo();
}

function batchOf({ items, replay }: Part, bytes: number): Batch {
  const envelopes = items.map(({ envelope }) => envelope);
  return { envelopes, bytes, replay, ...(items[0]?.ordered?.by.overwrite === true && { overwrite: true }) };
}

/** What a plugin's `open` throws, or that it does not end, is a matter of configuration: the lane holds its data and tries again. */
async function sendTo(get: (signal: AbortSignal) => Promise<Sink>, batch: Batch, call: SendCall): Promise<SendResult> {
  let opened: Sink;
  try {
    opened = await get(call.signal);
  } catch (error) {
    if (call.signal.aborted && !hasCode(error, 'SEND_TIMED_OUT')) throw error;
    return { kind: 'blocked', reason: `while opening: ${error instanceof Error ? error.message : String(error)}` };
  }
  return opened.send(batch, call);
}
