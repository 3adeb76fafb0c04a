/** A sink before an emulator, with time that passes only when it is told to. */
import type { Batch, Check, SendResult, SinkContext } from '@audit-relay/sink';
import { batchOf, envelopes, type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';
import { type EmulatorOptions, type HecEmulator, startHecEmulator } from '../emulator/index.ts';
import { SplunkHecSink } from '../sink.ts';
import { splunkHecConfigSchema } from '../config.ts';

export const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';

/** Moves only by `pass`. */
export class Time {
  elapsedMs = 1_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = { atMs: this.elapsedMs + ms, fire: resolve };
      this.#timers.add(timer);
      signal.addEventListener('abort', () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      });
    });

  /** How many wait for time to pass. */
  get sleeping(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.elapsedMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.elapsedMs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

/** A send that may still wait for its acknowledgment. */
export interface Sending {
  readonly result: Promise<SendResult>;
  /** Resolves when the peer has taken it, or it has ended. */
  readonly taken: Promise<unknown>;
  readonly stop: AbortController;
}

export class World {
  readonly time: Time;
  readonly emulator: HecEmulator;
  readonly context: TestContext;
  readonly sink: SplunkHecSink;

  constructor(emulator: HecEmulator, keys: object, { overrides = {}, time = new Time() }: Shared = {}) {
    this.time = time;
    this.emulator = emulator;
    this.context = testContext({ elapsedMs: () => time.elapsedMs, format: 'ecs', ...overrides });
    const config = splunkHecConfigSchema.parse({ ...('urls' in keys ? {} : { url: emulator.url }), token: TOKEN, ...keys });
    this.sink = new SplunkHecSink({ config, context: this.context, sleep: time.sleep });
    onTestFinished(() => this.sink.close());
  }

  begin(batch: Batch): Sending {
    const stop = new AbortController();
    let accepted = (): void => undefined;
    const isAccepted = new Promise<void>((resolve) => {
      accepted = resolve;
    });
    const result = this.sink.send(batch, { signal: stop.signal, accepted });
    return { result, taken: Promise.race([isAccepted, result.catch(() => undefined)]), stop };
  }

  send(batch: Batch): Promise<SendResult> {
    return this.begin(batch).result;
  }

  check(): Promise<readonly Check[]> {
    return this.sink.check(new AbortController().signal);
  }

  /** Lets the next poll happen, and waits for its answer to be heeded. */
  async poll(): Promise<void> {
    const { requests } = this.emulator;
    const before = requests.length;
    this.time.pass(10_000);
    await turnsUntil(() => requests.slice(before).some(({ path }) => path.endsWith('/ack')));
    const { sleeping } = this.time;
    await turnsUntil(() => this.time.sleeping > sleeping || this.time.sleeping === 0, 200).catch(() => undefined);
  }

  /** How often a code was counted. */
  counted(code: string): number {
    return this.context.counts.reduce((sum, count) => sum + (count.code === code ? count.n : 0), 0);
  }

  logged(): readonly string[] {
    return this.context.logs.map(({ code }) => code);
  }

  /** `event_id` of what can be searched. */
  ids(): readonly unknown[] {
    return this.emulator.events.map(({ fields }) => fields['event_id']);
  }
}

interface Shared {
  readonly overrides?: Partial<SinkContext>;
  readonly time?: Time;
}

/** @param options of the emulator, whose token is `TOKEN`. */
export async function world(keys: object = {}, options: Partial<EmulatorOptions> = {}): Promise<World> {
  return new World(await emulatorFor(options), keys);
}

export async function emulatorFor(options: Partial<EmulatorOptions> = {}): Promise<HecEmulator> {
  const emulator = await startHecEmulator({ tokens: { [TOKEN]: {} }, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** With a token that acknowledges, and an indexer that indexes when told to. */
export const acking: Partial<EmulatorOptions> = { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false };

/** A batch of `count` whose ids begin with `name`. */
export function batch(count: number, name = 'e'): Batch {
  return batchOf(envelopes(count, { id: (index) => `${name}${index}` }));
}

/** Turns of the event loop until it holds. */
export async function turnsUntil(holds: () => boolean, most = 100_000): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it does not come to hold');
}
