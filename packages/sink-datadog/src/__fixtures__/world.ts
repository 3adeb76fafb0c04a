/** A sink before an emulator, both by a clock that moves only when it is told to. */
import type { Batch, Check, Envelope, SendResult, SinkContext } from '@audit-relay/sink';
import { batchOf, envelopes, type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';
import { type DatadogConfig, datadogConfigSchema } from '../config.ts';
import { type EmulatorOptions, type IntakeEmulator, startIntakeEmulator } from '../emulator/index.ts';
import { DatadogSink } from '../sink.ts';

export const KEY = '0123456789abcdef0123456789abcdef';

export const HOUR_MS = 3_600_000;
/** Where the clock of the world begins: that of the kit. */
export const NOW_MS: number = testContext().now();

/** The clocks of a world: the host's and the intake's. */
export class Clocks {
  hostMs: number = NOW_MS;
  intakeMs: number = NOW_MS;
  elapsedMs = 0;

  pass(ms: number): void {
    this.hostMs += ms;
    this.intakeMs += ms;
    this.elapsedMs += ms;
  }
}

export class World {
  readonly clocks: Clocks;
  readonly emulator: IntakeEmulator;
  readonly config: DatadogConfig;
  readonly context: TestContext;
  readonly sink: DatadogSink;

  constructor(emulator: IntakeEmulator, keys: object, { clocks, overrides = {} }: Given) {
    this.clocks = clocks;
    this.emulator = emulator;
    this.context = testContext({ now: () => clocks.hostMs, elapsedMs: () => clocks.elapsedMs, format: 'ecs', ...overrides });
    this.config = datadogConfigSchema.parse({ url: emulator.url, api_key: KEY, ...keys });
    this.sink = new DatadogSink({ config: this.config, context: this.context });
    onTestFinished(() => this.sink.close());
  }

  send(batch: Batch, signal: AbortSignal = new AbortController().signal): Promise<SendResult> {
    return this.sink.send(batch, { signal, accepted: () => undefined });
  }

  check(): Promise<readonly Check[]> {
    return this.sink.check(new AbortController().signal);
  }

  /** How often a code was counted. */
  counted(code: string): number {
    return this.context.counts.reduce((sum, count) => sum + (count.code === code ? count.n : 0), 0);
  }

  /** `evt.id` of what can be searched. */
  ids(): readonly unknown[] {
    return this.emulator.logs.map(({ attributes }) => attributes['evt.id']);
  }
}

interface Given {
  readonly clocks: Clocks;
  readonly overrides?: Partial<SinkContext>;
}

/** @param options of the emulator, which takes `KEY`. */
export async function world(keys: object = {}, options: Partial<EmulatorOptions> = {}): Promise<World> {
  const clocks = new Clocks();
  return new World(await emulatorFor(clocks, options), keys, { clocks });
}

export async function emulatorFor(clocks: Clocks, options: Partial<EmulatorOptions> = {}): Promise<IntakeEmulator> {
  const emulator = await startIntakeEmulator({ keys: [KEY], now: () => clocks.intakeMs, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** A batch of `count` whose ids begin with `name`. */
export function batch(count: number, name = 'e'): Batch {
  return batchOf(envelopes(count, { id: (index) => `${name}${index}` }));
}

/** How old an event is by the clock's beginning, and how old it was when it was received; hours. */
export interface Age {
  readonly id: string;
  readonly hours: number;
  readonly atReceipt?: number;
}

export function aged(ages: readonly Age[]): Batch {
  const list = ages.map(({ id, hours, atReceipt = 0 }): Envelope => {
    const [plain] = envelopes(1, { id: () => id }) as readonly [Envelope];
    const timeMs = NOW_MS - hours * HOUR_MS;
    return { ...plain, timeMs, receivedMs: timeMs + atReceipt * HOUR_MS };
  });
  return batchOf(list);
}
