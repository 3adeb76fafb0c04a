/** The open sink of a lane, which is closed and opened anew when it breaks or its secret changes. */
import type { Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import type { Runtime } from '../../runtime.ts';
import { Signal } from '../../signal.ts';

/** A sink that does not close within this, in milliseconds, is left behind. */
const CLOSE_MS = 5_000;

export interface LiveSinkOptions {
  /** The lane's. */
  readonly name: string;
  readonly plugin: Pick<SinkPlugin<unknown>, 'open'>;
  readonly config: unknown;
  readonly context: SinkContext;
  readonly runtime: Pick<Runtime, 'log' | 'sleep'>;
}

export class LiveSink {
  readonly #options: LiveSinkOptions;
  /** What the sink is opened with. */
  #config: unknown;
  readonly #signal = new Signal();
  #opened: Promise<Sink> | undefined;
  #users = 0;
  #retiring: Promise<void> | undefined;

  constructor(options: LiveSinkOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /**
   * Lends the sink to `work`, opened if need be; `get` throws what the plugin's `open` throws, and the reason of its signal
   * when that fires first: what has not opened by then is left behind, and the next one opened anew.
   */
  async use<T>(work: (get: (signal: AbortSignal) => Promise<Sink>) => Promise<T>): Promise<T> {
    while (this.#retiring !== undefined) await this.#retiring;
    this.#users += 1;
    try {
      return await work((signal) => this.#get(signal));
    } finally {
      this.#users -= 1;
      this.#signal.notify();
    }
  }

  /** As `retire`; whoever comes next opens it with this. */
  reopen(config: unknown): Promise<void> {
    this.#config = config;
    return this.retire();
  }

  /** Closes the sink once nobody uses it; whoever comes next opens it anew. */
  retire(): Promise<void> {
    this.#retiring ??= this.#close().finally(() => {
      this.#retiring = undefined;
    });
    return this.#retiring;
  }

  async #get(signal: AbortSignal): Promise<Sink> {
    const opening = this.#opening();
    try {
      return await unlessFired(opening, signal);
    } catch (error) {
      // Others may still wait for it: they end, or use it, first. What goes wrong then is logged there.
      if (signal.aborted && this.#opened === opening) this.retire().catch(() => undefined);
      throw error;
    }
  }

  #opening(): Promise<Sink> {
    if (this.#opened === undefined) {
      const opened = this.#open();
      this.#opened = opened;
      opened.catch(() => {
        if (this.#opened === opened) this.#opened = undefined;
      });
    }
    return this.#opened;
  }

  /** Async, so that a plugin that throws, or gives no promise, is no other case. */
  async #open(): Promise<Sink> {
    const { plugin, context } = this.#options;
    return plugin.open(this.#config, context);
  }

  async #close(): Promise<void> {
    await this.#signal.until(() => this.#users === 0, new AbortController().signal);
    const { name, runtime } = this.#options;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const done = new AbortController();
    const tooLong = runtime.sleep(CLOSE_MS, done.signal).then(
      () => Promise.reject(new Error(`it did not open or close within ${CLOSE_MS} ms`)),
      () => undefined,
    );
    try {
      await Promise.race([opened.then((sink) => sink.close()), tooLong]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `${name}: the sink could not be closed: ${reason}`;
      runtime.log('warn', 'SINK_CLOSE_FAILED', text, { lane: name });
    } finally {
      done.abort();
    }
  }
}

/** Settles as `work` does, or with the signal's reason when that fires first. */
function unlessFired<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
