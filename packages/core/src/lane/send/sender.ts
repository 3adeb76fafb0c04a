/**
 * One batch to the sink, and its answer: within the bytes that the peer may have unconfirmed, by the sink that is open now,
 * under the time limits of `attempt.ts`. Decides nothing.
 */
import type { Batch, SendCall, SendResult, Sink, SinkLimits } from '@audit-relay/sink';
import { hasCode } from '../../errors.ts';
import { logIds } from '../../log-ids.ts';
import type { Runtime } from '../../runtime.ts';
import type { Tally } from '../health/tally.ts';
import type { Part } from '../part.ts';
import { letGo } from '../read/rendered.ts';
import { attempt, type SendAnswer } from './attempt.ts';
import { UnackedBytes } from './concurrency.ts';
import type { Exclusions } from './exclusions.ts';
import type { LiveSink } from './live-sink.ts';

export interface SenderOptions {
  /** The lane's. */
  readonly name: string;
  readonly limits: SinkLimits;
  readonly sink: LiveSink;
  readonly exclusions: Pick<Exclusions, 'believed'>;
  readonly tally: Tally;
  readonly runtime: Runtime;
  /** Fires when the time to drain is over. */
  readonly ended: AbortSignal;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #unacked: UnackedBytes;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#unacked = new UnackedBytes(options.limits.maxUnackedBytes ?? Number.POSITIVE_INFINITY);
  }

  /** Bytes that the peer may have taken and not confirmed. Undefined: the sink sets no bound. */
  get unackedBytes(): number | undefined {
    return this.#unacked.held;
  }

  /**
   * @param accepted called once at most, when the peer has taken the request and will confirm it later
   * @throws the signal's reason when the drain's end cut the send off.
   */
  async send(part: Part, accepted: () => void): Promise<SendAnswer> {
    const { ended, exclusions, limits, runtime, sink, tally } = this.#options;
    const bytes = bytesOf(part);
    await this.#unacked.add(bytes, ended);
    tally.inFlightBatches += 1;
    try {
      return await sink.use(async (get) => {
        ended.throwIfAborted();
        this.#note(part, bytes);
        // Made here and kept nowhere: who waits minutes for a confirmation must not hold the documents.
        const send = (call: SendCall): Promise<SendResult> => sendTo(get, batchOf(part, bytes), call);
        const onAccepted = (): void => {
          accepted();
          letGo(part.items);
        };
        const answer = await attempt(send, { limits, runtime, ended, accepted: onAccepted });
        if (answer.kind === 'aborted' || answer.kind === 'broken') ended.throwIfAborted();
        return exclusions.believed(answer);
      });
    } finally {
      tally.inFlightBatches -= 1;
      this.#unacked.remove(bytes);
    }
  }

  /** Closes the sink once no send uses it; the next one opens it anew. */
  async renewSink(): Promise<void> {
    await this.#options.sink.retire();
  }

  #note({ items, replay }: Part, bytes: number): void {
    const { name, runtime, tally } = this.#options;
    const ids = logIds(() => items.map(({ entry }) => entry.id));
    const fields = { lane: name, events: items.length, bytes, replay, ids };
    runtime.log('debug', 'BATCH_SENDING', `${name}: a batch goes out`, fields);
    tally.sends += 1;
    if (replay) tally.replayed += items.length;
  }
}

function bytesOf({ items }: Part): number {
  return items.reduce((sum, { envelope }) => sum + envelope.bytes, 0);
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
