/** Live polling: the near band, again and again. It waits for nothing but its interval and the API. */
import { abortable } from './abort.ts';
import { nearWindow } from './bands.ts';
import { checkpointOf, type FeedParts, readOrWait } from './feed-parts.ts';

export class Live {
  readonly #parts: FeedParts;
  #begun = 0;
  #lastRead = 0;
  /** No pause before this poll: somebody waits for it. */
  #wanted = 0;
  #endPause: (() => void) | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** One poll, and the pause after it. */
  async once(signal: AbortSignal): Promise<void> {
    const { config, runtime, clock, onPoll, progress } = this.#parts;
    const beganMs = runtime.elapsedMs();
    this.#begun += 1;
    const poll = this.#begun;
    const window = nearWindow(checkpointOf(this.#parts), clock.reading(), this.#parts.widths);
    const reading = await readOrWait(this.#parts, { window, purpose: 'live' }, signal);
    if (reading.kind !== 'read') return;
    this.#lastRead = poll;
    onPoll(reading.events);
    progress.ring();
    await this.#pause(beganMs + config.poll_interval - runtime.elapsedMs(), signal);
  }

  /** Asks for a poll that begins from now on, at once; `hasRead` tells when that one is journaled. */
  want(): number {
    const poll = this.#begun + 1;
    this.#wanted = Math.max(this.#wanted, poll);
    this.#endPause?.();
    return poll;
  }

  hasRead(poll: number): boolean {
    return this.#lastRead >= poll;
  }

  async #pause(waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs <= 0 || this.#begun < this.#wanted) return;
    await abortable(signal, async (inner) => {
      this.#endPause = () => inner.abort();
      await this.#parts.runtime.sleep(waitMs, inner.signal).catch(() => signal.throwIfAborted());
      this.#endPause = undefined;
    });
  }
}
