/**
 * One request on its way and its answer, as bytes. It ends by our own timers and our own stop, whatever undici does with
 * its signals: what comes later is let go, and a request that still waits for its connection is not sent any more.
 */
import type { Dispatcher } from 'undici';
import { Unconnected } from './connect/unconnected.ts';
import { CLOSED, codeOf, OVERDUE, type Step } from './fault/fault.ts';

/** What undici hands over of headers. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ExchangeLimits {
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest silence before the head of the answer, and between two parts of its body, in milliseconds. */
  readonly silenceMs: number;
  /** Of a body as it is sent. */
  readonly maxBytes: number;
  /** Whether there is room for the body of a 2xx of so many bytes. */
  mayTake(bytes: number): boolean;
}

/** What came, or why nothing came. */
export type Exchanged =
  | {
      readonly kind: 'received';
      readonly status: number;
      readonly headers: RawHeaders;
      /** Whole; of an answer that is no 2xx perhaps empty: its head says enough. */
      readonly body: Buffer;
    }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly step?: Step;
      readonly sent: boolean;
      readonly hasBegun?: true;
    }
  | { readonly kind: 'too_large' };

/** The body of a refusal is for words alone: it is not waited for, nor kept, any longer. */
const REFUSAL_MS = 5_000;
const REFUSAL_BYTES = 2 ** 20;

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  readonly limits: ExchangeLimits;
  readonly signal: AbortSignal;
  /** Where the way stands that is being made. */
  step(): Step | undefined;
}

/** @throws the signal's reason as soon as it fires; every other trouble is a value. */
export function exchange(options: ExchangeOptions): Promise<Exchanged> {
  return new Promise((resolve, reject) => new Exchange(options, { resolve, reject }).start());
}

interface Settle {
  readonly resolve: (exchanged: Exchanged) => void;
  readonly reject: (reason: unknown) => void;
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #settle: Settle;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #head: { readonly status: number; readonly headers: RawHeaders } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #overall: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(options: ExchangeOptions, settle: Settle) {
    this.#options = options;
    this.#settle = settle;
  }

  start(): void {
    const { dispatcher, request, signal, limits } = this.#options;
    if (signal.aborted) {
      this.#settle.reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', this.#onStop, { once: true });
    this.#overall = setTimeout(this.#onOverdue, limits.timeoutMs);
    try {
      dispatcher.dispatch(request, this);
    } catch (error) {
      this.#fail(codeOf(error));
    }
  }

  /** The connection is there and the request goes out. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) {
      controller.abort(new Error('given up'));
      return;
    }
    clearTimeout(this.#silence);
    this.#controller = controller;
    this.#silence = setTimeout(this.#onOverdue, this.#options.limits.silenceMs);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    this.#silence?.refresh();
    // 1xx goes before the answer.
    if (status < 200) return;
    this.#head = { status, headers };
    if (isYes(status) || this.#isOver) return;
    clearTimeout(this.#overall);
    this.#overall = setTimeout(this.#onOverdue, Math.min(REFUSAL_MS, this.#options.limits.timeoutMs));
  }

  onResponseData(_: Dispatcher.DispatchController, part: Buffer): void {
    if (this.#isOver) return;
    this.#silence?.refresh();
    this.#bytes += part.length;
    this.#parts.push(part);
    if (this.#hasRoom()) return;
    this.#end(() => this.#settle.resolve(this.#bodiless() ?? { kind: 'too_large' }));
  }

  #hasRoom(): boolean {
    const { maxBytes, mayTake } = this.#options.limits;
    if (!isYes(this.#head?.status)) return this.#bytes <= Math.min(maxBytes, REFUSAL_BYTES);
    return this.#bytes <= maxBytes && mayTake(this.#bytes);
  }

  onResponseEnd(): void {
    const head = this.#head;
    if (head === undefined) {
      this.#fail(CLOSED);
      return;
    }
    this.#controller = undefined;
    this.#end(() => this.#settle.resolve({ kind: 'received', ...head, body: Buffer.concat(this.#parts) }));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof Unconnected) {
      const { reasonCode: code, step } = error;
      this.#end(() => this.#settle.resolve({ kind: 'failed', code, step, sent: false }));
      return;
    }
    this.#fail(codeOf(error));
  }

  readonly #onStop = (): void => {
    this.#end(() => this.#settle.reject(this.#options.signal.reason));
  };

  readonly #onOverdue = (): void => this.#fail(OVERDUE);

  #fail(code: string): void {
    const sent = this.#controller !== undefined;
    const step = sent ? undefined : this.#options.step();
    const hasBegun = this.#head === undefined ? {} : ({ hasBegun: true } as const);
    const failed = { kind: 'failed', code, sent, ...hasBegun, ...(step === undefined ? {} : { step }) } as const;
    this.#end(() => this.#settle.resolve(this.#bodiless() ?? failed));
  }

  /** What has a head that says no is an answer, however its body ends. */
  #bodiless(): Exchanged | undefined {
    const head = this.#head;
    if (head === undefined || isYes(head.status)) return undefined;
    return { kind: 'received', status: head.status, headers: withoutCoding(head.headers), body: Buffer.alloc(0) };
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#overall);
    clearTimeout(this.#silence);
    this.#options.signal.removeEventListener('abort', this.#onStop);
    settle();
    this.#controller?.abort(new Error('given up'));
  }
}

function isYes(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function withoutCoding(headers: RawHeaders): RawHeaders {
  return { ...headers, 'content-encoding': undefined };
}
