/** A group that gives out one piece of work by hand, and a clock that a test moves. */
import type { Share } from '../../journal/sharing.ts';

interface Handed<Way> {
  readonly share: Share<Way>;
  readonly revoke: () => void;
  isReleased: boolean;
}

export class FakeSharing<Way = string> {
  readonly #waiting = new Map<string, (share: Share<Way>) => void>();
  readonly #ready = new Map<string, Share<Way>>();
  readonly #handed = new Map<string, Handed<Way>[]>();
  readonly #asked = new Map<string, number>();

  /** As `Sharing` has it, for the process `who`. */
  next(who: string, signal: AbortSignal): Promise<Share<Way>> {
    this.#asked.set(who, this.asked(who) + 1);
    const ready = this.#ready.get(who);
    this.#ready.delete(who);
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      this.#waiting.set(who, resolve);
      signal.addEventListener('abort', () => {
        if (this.#waiting.get(who) !== resolve) return;
        this.#waiting.delete(who);
        reject(signal.reason);
      });
    });
  }

  give(who: string, way: Way | undefined, drainMs = 5_000, refused?: Error): void {
    const controller = new AbortController();
    const release = (): void => {
      if (handed.isReleased) throw new Error(`${who} has released its share twice`);
      handed.isReleased = true;
    };
    const share: Share<Way> = {
      way,
      revoked: controller.signal,
      drainMs,
      release,
      ...(refused === undefined ? {} : { refused }),
    };
    const handed: Handed<Way> = { share, revoke: () => controller.abort(), isReleased: false };
    this.#handed.set(who, [...(this.#handed.get(who) ?? []), handed]);
    const waiting = this.#waiting.get(who);
    if (waiting === undefined) this.#ready.set(who, share);
    this.#waiting.delete(who);
    waiting?.(share);
  }

  revoke(who: string): void {
    this.#handed.get(who)?.at(-1)?.revoke();
  }

  /** As a group does it: all give back what they have, then one of them gets the work, once it asks. */
  async handOver(to: string, settled: () => Promise<void>): Promise<void> {
    for (const who of this.#handed.keys()) this.revoke(who);
    await settled();
    const held = [...this.#handed.values()].flat().filter(({ isReleased }) => !isReleased);
    if (held.length > 0) return;
    for (const who of this.#waiting.keys()) this.give(who, who === to ? (`work of ${who}` as Way) : undefined);
  }

  asked(who: string): number {
    return this.#asked.get(who) ?? 0;
  }

  handed(who: string): number {
    return this.#handed.get(who)?.length ?? 0;
  }

  released(who: string): number {
    return (this.#handed.get(who) ?? []).filter(({ isReleased }) => isReleased).length;
  }
}

export class ManualTime {
  #nowMs = 0;
  readonly #sleeping = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { atMs: this.#nowMs + ms, wake: resolve };
      this.#sleeping.add(sleeper);
      signal.addEventListener('abort', () => {
        if (this.#sleeping.delete(sleeper)) reject(signal.reason);
      });
    });
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#sleeping) {
      if (sleeper.atMs > this.#nowMs) continue;
      this.#sleeping.delete(sleeper);
      sleeper.wake();
    }
  }
}
