/**
 * One opened sink during one case, driven as core drives it: signals by the sink's own limits, no
 * more patience than core has, and a record of all that the sink said.
 */
import { inspect } from 'node:util';
import type { Batch, Check, SendResult, Sink, SinkContext, SinkLimits, SinkPlugin } from '@audit-relay/sink';
import { expect } from 'vitest';
import { type TestContext, testContext } from './context.ts';
import { expectSound } from './sound.ts';
import { within } from './within.ts';

/** Core takes a send that has not settled this long after its signal for broken. */
const GRACE_MS = 5_000;
/** For what has no limit of its own: `open`, `check`, `close`. */
const PATIENCE_MS = 30_000;

/** A send that had not settled 5 s after its signal: never the same as one that threw because of it. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError';
}

/** What the kit asks for when it opens a sink. */
export interface SessionRequest<Config> {
  readonly plugin: SinkPlugin<Config>;
  /** YAML-shaped. */
  readonly config: unknown;
  readonly context?: Partial<SinkContext>;
}

/** An open sink and what it said so far. */
export class Session {
  readonly limits: SinkLimits;
  readonly context: TestContext;
  /** Names of the rules by which the sink may exclude events, as it has told. */
  readonly rules: readonly string[];
  readonly #sink: Sink;
  readonly #said: unknown[] = [];
  /** How often each send called `accepted()`, in order of the sends. */
  readonly acceptedCalls: number[] = [];

  private constructor(sink: Sink, { limits, rules }: Pick<Session, 'limits' | 'rules'>, context: TestContext) {
    this.#sink = sink;
    this.limits = limits;
    this.rules = rules;
    this.context = context;
  }

  static async open<Config>({ plugin, config, context }: SessionRequest<Config>): Promise<Session> {
    const parsed = plugin.configSchema.parse(config);
    const recording = testContext(context);
    const sink = await within(PATIENCE_MS, plugin.open(parsed, recording), 'open()');
    const rules = plugin.exclusions?.(parsed) ?? [];
    return new Session(sink, { limits: plugin.limits(parsed), rules: rules.map(({ name }) => name) }, recording);
  }

  /**
   * Sends as core does: its signal fires after `sendMs`, or `confirmMs` after `accepted()`, or with
   * `stop`. Throws what the sink throws, and an `OverdueError` when it has not
   * settled 5 s after the signal.
   */
  async send(batch: Batch, stop?: AbortSignal): Promise<SendResult> {
    const call = new TimedCall(this.limits, stop);
    const turn = this.acceptedCalls.push(0) - 1;
    const accepted = (): void => {
      this.acceptedCalls[turn] = (this.acceptedCalls[turn] ?? 0) + 1;
      call.restart();
    };
    try {
      const sent = this.#sink.send(batch, { signal: call.signal, accepted });
      const result = await Promise.race([sent, call.overdue]);
      this.#said.push(result);
      expectSound(result, batch, this.rules);
      return result;
    } catch (error) {
      this.#said.push(error);
      throw error;
    } finally {
      call.end();
    }
  }

  /** The sink's own findings. Throws what the sink throws. */
  async check(): Promise<readonly Check[]> {
    const stop = new AbortController();
    try {
      const checks = await within(PATIENCE_MS, this.#sink.check(stop.signal), 'check()');
      this.#said.push(checks);
      return checks;
    } catch (error) {
      this.#said.push(error);
      throw error;
    } finally {
      stop.abort();
    }
  }

  async close(): Promise<void> {
    await within(PATIENCE_MS, this.#sink.close(), 'close()');
  }

  /** Results, findings, errors with causes and properties, logs and counts, as one text to search for leaks. */
  said(): string {
    const all = [this.#said, this.context.logs, this.context.counts];
    return inspect(all, { depth: 12, maxArrayLength: null, maxStringLength: null, showHidden: true });
  }

  /** Fails the case when one of `secrets` is in what the sink said. */
  expectNoLeak(secrets: readonly string[]): void {
    const said = this.said();
    for (const secret of secrets) {
      expect(said.includes(secret), `${JSON.stringify(secret)} is in what the sink said`).toBe(false);
    }
  }
}

/** Core's watch over one send. */
class TimedCall {
  readonly signal: AbortSignal;
  /** Rejects 5 s after the signal. */
  readonly overdue: Promise<never>;
  readonly #limits: SinkLimits;
  readonly #timeout = new AbortController();
  #timer: NodeJS.Timeout;
  #graceTimer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(limits: SinkLimits, stop: AbortSignal | undefined) {
    this.#limits = limits;
    this.signal = stop === undefined ? this.#timeout.signal : AbortSignal.any([this.#timeout.signal, stop]);
    this.#timer = this.#abortAfter(limits.sendMs, 'sendMs');
    this.overdue = new Promise<never>((_, reject) => {
      const late = new OverdueError(`send had not settled ${GRACE_MS} ms after its signal`);
      const start = (): void => {
        if (!this.#ended) this.#graceTimer = setTimeout(() => reject(late), GRACE_MS);
      };
      if (this.signal.aborted) start();
      else this.signal.addEventListener('abort', start, { once: true });
    });
  }

  restart(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#timer = this.#abortAfter(this.#limits.confirmMs ?? this.#limits.sendMs, 'confirmMs');
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#graceTimer);
  }

  #abortAfter(ms: number, limit: string): NodeJS.Timeout {
    return setTimeout(() => this.#timeout.abort(new Error(`${limit} is over`)), ms);
  }
}
