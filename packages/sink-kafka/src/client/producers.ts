/**
 * The producer of a sink. One send has it at a time, and after a send that failed nobody has it again: an idempotent
 * producer of any client whose send failed in part loses what comes next without a word (docs/decisions/0022), and what is
 * still under way on a connection must not meet what goes again.
 */
import { type Bounds, type Silence, within } from '../within.ts';
import type { ProducerPort } from './port.ts';

/** How long a producer may take to end in good order, in milliseconds. */
const CLOSE_MS = 2_000;

type Taking = Pick<Bounds, 'limitMs' | 'signal'> & Pick<Silence, 'silenceMs'>;

export class Producers {
  readonly #open: () => ProducerPort;
  #idle: ProducerPort | undefined;
  #isClosed = false;

  /** @param open makes one that is not connected yet. */
  constructor(open: () => ProducerPort) {
    this.#open = open;
  }

  /** The idle one, or a new one once it is connected; the caller's alone until `giveBack` or `drop`. @throws ClientError, Overdue, or the signal's reason. */
  async take({ silenceMs, ...bounds }: Taking): Promise<ProducerPort> {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle !== undefined) return idle;
    const producer = this.#open();
    try {
      const silence = { silenceMs, heard: () => producer.heard() };
      await within(producer.connect(), { ...bounds, silence });
    } catch (error) {
      producer.destroy();
      throw error;
    }
    return producer;
  }

  /** After a send that succeeded as a whole. */
  giveBack(producer: ProducerPort): void {
    if (this.#idle !== undefined || this.#isClosed) producer.destroy();
    else this.#idle = producer;
  }

  /** After any other. */
  drop(producer: ProducerPort): void {
    producer.destroy();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle === undefined) return;
    try {
      await within(idle.close(), { limitMs: CLOSE_MS, signal: NEVER });
    } catch {
      // It has had its time.
    } finally {
      idle.destroy();
    }
  }
}

const NEVER = new AbortController().signal;
