/** A source or a lane of a journal that gives out its work: opened with each share, ended before the share is given back. */
import { fired, widelyHeard } from '../abort-signals.ts';
import type { Share } from '../journal/sharing.ts';
import type { Runtime } from '../runtime.ts';
import { Signal } from '../signal.ts';

/** Until a share is asked for again after a failure, in milliseconds. */
const AGAIN_MS = 5_000;

export interface SharedPartOptions<Way, Part> {
  /** What is logged: `source acme`, `sink siem`. */
  readonly name: string;
  /** What is thrown at those who wait for it when it is stopped. */
  readonly stopped: Error;
  readonly runtime: Pick<Runtime, 'sleep' | 'log'>;
  next(signal: AbortSignal): Promise<Share<Way>>;
  /** Opens and starts it. */
  begin(way: Way): Part;
  /** Where a share is refused: what stands in its place. Absent: nothing does. */
  refused?(error: Error): Part;
  /** Brings it to an end; when `over` fires, at once. */
  end(part: Part, over: AbortSignal): Promise<void>;
}

export class SharedPart<Way, Part> {
  readonly #options: SharedPartOptions<Way, Part>;
  readonly #changed = new Signal();
  readonly #ending = widelyHeard();
  readonly #over = widelyHeard();
  #part: Part | undefined;
  #isKnown = false;
  #running: Promise<void> | undefined;

  constructor(options: SharedPartOptions<Way, Part>) {
    this.#options = options;
  }

  /** Undefined: another process has it, or nobody knows yet. */
  get part(): Part | undefined {
    return this.#part;
  }

  /** Whether it is known who has it. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Resolves when `part` is no longer what runs. @throws as `known` does. */
  left(part: Part, signal: AbortSignal): Promise<void> {
    return this.#changed.until(() => this.#part !== part, AbortSignal.any([signal, this.#ending.signal]));
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when it is known whose it is. @throws the signal's reason when it fires first, `stopped` when the part is stopped. */
  known(signal: AbortSignal): Promise<void> {
    return this.#changed.until(() => this.#isKnown, AbortSignal.any([signal, this.#ending.signal]));
  }

  /** Takes no further share and ends what runs; when `over` fires, at once. Never rejects. */
  async stop(over: AbortSignal): Promise<void> {
    this.#ending.abort(this.#options.stopped);
    const hurry = (): void => this.#over.abort(over.reason);
    if (over.aborted) hurry();
    over.addEventListener('abort', hurry, { once: true });
    await this.#running;
    over.removeEventListener('abort', hurry);
  }

  async #run(): Promise<void> {
    const ending = this.#ending.signal;
    while (!ending.aborted) {
      try {
        await this.#use(await this.#options.next(ending));
      } catch (error) {
        if (ending.aborted) return;
        const { name, runtime } = this.#options;
        const problem = error instanceof Error ? error.message : String(error);
        runtime.log('error', 'SHARE_FAILED', `${name}: its share of the work could not be begun: ${problem}`, { name });
        await runtime.sleep(AGAIN_MS, ending).catch(() => undefined);
      }
    }
  }

  async #use(share: Share<Way>): Promise<void> {
    try {
      if (share.revoked.aborted || this.#ending.signal.aborted) return;
      this.#part = this.#begun(share);
      this.#tell(true);
      await fired(AbortSignal.any([share.revoked, this.#ending.signal]));
      if (this.#part !== undefined) await this.#end(this.#part, share);
    } finally {
      this.#part = undefined;
      this.#tell(false);
      share.release();
    }
  }

  #begun({ way, refused }: Share<Way>): Part | undefined {
    if (refused !== undefined) return this.#options.refused?.(refused);
    return way === undefined ? undefined : this.#options.begin(way);
  }

  /** A share that was revoked has its own time, beside that of whoever stops the whole. */
  async #end(part: Part, { revoked, drainMs }: Share<Way>): Promise<void> {
    const { runtime, end } = this.#options;
    const ended = new AbortController();
    const late = widelyHeard();
    // It may be revoked only while the part is being stopped.
    const timed = fired(AbortSignal.any([revoked, ended.signal]))
      .then(() => runtime.sleep(drainMs, ended.signal))
      .then(
        () => late.abort(new Error('the time to give back a share is over')),
        () => undefined,
      );
    try {
      await end(part, AbortSignal.any([late.signal, this.#over.signal]));
    } finally {
      ended.abort();
      await timed;
    }
  }

  #tell(isKnown: boolean): void {
    this.#isKnown = isKnown;
    this.#changed.notify();
  }
}
