/** What `/status/live` tells its readers: the history first, then the status, the dead letters and the configuration. */
import type { Relay, RelayStatus, Runtime } from '@audit-relay/core';
import { NewestLetters } from './dead-letters.ts';
import { EVERY_MS, History } from './history.ts';
import type { Messages } from './live.ts';

/** What the endpoints show; changes as the agent starts and stops. */
export type Shown =
  | { readonly state: 'opening' /** Why it takes so long. */; readonly problem?: string }
  | ({ readonly state: 'running' | 'draining' } & Pick<Relay, 'status' | 'unwritable' | 'deadLetters'>);

export interface MessageOptions {
  readonly runtime: Pick<Runtime, 'now' | 'elapsedMs' | 'sleep'>;
  shown(): Shown;
  /** The body of `/status`. */
  body(shown: Shown): object;
  /** As YAML, without a secret. */
  configuration(): string;
  /** A text without any secret that is known by now. */
  clean(text: string): string;
}

export class StatusMessages {
  readonly #options: MessageOptions;
  readonly #history = new History();
  readonly #letters = new NewestLetters();

  constructor(options: MessageOptions) {
    this.#options = options;
  }

  /** Samples until the signal fires, then rejects with its reason. */
  async keepHistory(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#options.runtime.sleep(EVERY_MS, signal);
      const shown = this.#options.shown();
      if (shown.state === 'running') this.#sample(shown.status);
    }
  }

  /** Once, before all else. */
  first(): Messages {
    return { history: JSON.stringify({ samples: this.#history.samples }) };
  }

  /** Never throws: what cannot be had now is left out. */
  current(): Messages {
    const { shown, body, configuration, clean } = this.#options;
    try {
      const now = shown();
      const status = JSON.stringify({ ...this.#time(), ...body(now) });
      if (now.state === 'opening') return { status };
      return {
        configuration: clean(JSON.stringify({ yaml: configuration() })),
        dead_letters: clean(JSON.stringify(this.#letters.of(now, now.status()))),
        status,
      };
    } catch {
      return {};
    }
  }

  #sample(status: () => RelayStatus): void {
    try {
      this.#history.add(status(), this.#time());
    } catch {
      // One sample less.
    }
  }

  #time(): { readonly atMs: number; readonly elapsedMs: number } {
    const { runtime } = this.#options;
    return { atMs: runtime.now(), elapsedMs: Math.round(runtime.elapsedMs()) };
  }
}
