/**
 * `/status/live`: what the status page shows, as server-sent events, once a second to whoever looks. While nobody looks
 * nothing is made. Whoever reads slowly gets fewer messages and costs one of them in memory; whoever reads nothing is
 * closed with the port's other silent connections.
 */
import type { ServerResponse } from 'node:http';
import type { Runtime } from '@audit-relay/core';

/** Readers at a time; each costs a message a second. */
export const MAX_READERS = 8;
const TICK_MS = 1_000;

/** What is sent, by the name of its event; each is sent to a reader when it differs from what that reader had last. */
export type Messages = Readonly<Record<string, string>>;

export interface LiveOptions {
  readonly runtime: Pick<Runtime, 'sleep'>;
  /** Texts of JSON, made once a second for all readers together. Never throws. */
  messages(): Messages;
}

interface Reader {
  readonly response: ServerResponse;
  /** Asked at every message: a token may be rotated while somebody reads. */
  mayRead(): boolean;
  readonly had: Map<string, string>;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #readers = new Set<Reader>();
  readonly #closed = new AbortController();
  #isTicking = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** False: there are readers enough. `first` goes before all else, once. */
  add(response: ServerResponse, mayRead: () => boolean, first: Messages): boolean {
    if (this.isFull) return false;
    const reader: Reader = { response, mayRead, had: new Map() };
    this.#readers.add(reader);
    response.once('close', () => this.#readers.delete(reader));
    send(reader, first);
    send(reader, this.#options.messages());
    if (!this.#isTicking) this.#tick().catch(() => undefined);
    return true;
  }

  get isFull(): boolean {
    return this.#readers.size >= MAX_READERS || this.#closed.signal.aborted;
  }

  /** Ends every stream. */
  close(): void {
    this.#closed.abort(new Error('the port is closed'));
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
  }

  /** Rejects when it is closed. */
  async #tick(): Promise<void> {
    this.#isTicking = true;
    try {
      while (this.#readers.size > 0) {
        await this.#options.runtime.sleep(TICK_MS, this.#closed.signal);
        if (this.#readers.size === 0) return;
        const messages = this.#options.messages();
        for (const reader of this.#readers) sendTo(reader, messages);
      }
    } finally {
      this.#isTicking = false;
    }
  }
}

/** What has not gone out yet is all that a slow reader may hold. */
function sendTo(reader: Reader, messages: Messages): void {
  if (!reader.mayRead()) reader.response.end();
  else if (reader.response.writableLength === 0) send(reader, messages);
}

function send({ response, had }: Reader, messages: Messages): void {
  const changed = Object.entries(messages).filter(([name, text]) => had.get(name) !== text);
  if (changed.length === 0) return;
  for (const [name, text] of changed) had.set(name, text);
  // JSON has no line break of its own.
  response.write(changed.map(([name, text]) => `event: ${name}\ndata: ${text}\n\n`).join(''));
}
