/** The world of one case: an emulated cluster, a sink on it with a clock that the case moves, and what the sink says. */
import type { Batch, Check, SendResult, SetupStep } from '@audit-relay/sink';
import { type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';
import { elasticsearch } from '../plugin.ts';
import { type Emulator, startEmulator } from './emulator.ts';

/** The stream of the default config. */
export const STREAM = 'logs-openai.org_audit-default';

export interface World {
  readonly emulator: Emulator;
  readonly context: TestContext;
  send(batch: Batch, signal?: AbortSignal): Promise<SendResult>;
  check(): Promise<readonly Check[]>;
  setUp(dryRun?: boolean): Promise<readonly SetupStep[]>;
  /** Time passes. */
  pass(ms: number): void;
  /** Somebody sets the host's clock, by so much; no time passes. */
  setClock(byMs: number): void;
  /** A second sink on the same cluster, as after core has closed the first one and opened anew. */
  another(keys?: object): Promise<World>;
}

/** Ends with the running test. `keys` are those of the YAML beside `nodes`. */
export async function world(keys: object = {}): Promise<World> {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  return open(emulator, keys, { nowMs: Date.UTC(2026, 2, 1, 12), elapsedMs: 5_000 });
}

async function open(emulator: Emulator, keys: object, clock: { nowMs: number; elapsedMs: number }): Promise<World> {
  const context = testContext({ now: () => clock.nowMs, elapsedMs: () => clock.elapsedMs });
  const config = elasticsearch.configSchema.parse({ nodes: [emulator.url], ...keys });
  const sink = await elasticsearch.open(config, context);
  onTestFinished(() => sink.close());
  return {
    emulator,
    context,
    send: (batch, signal = new AbortController().signal) => sink.send(batch, { signal, accepted: () => undefined }),
    check: () => sink.check(new AbortController().signal),
    setUp: async (dryRun = false) => (await elasticsearch.setup?.(config, context, { signal: new AbortController().signal, dryRun })) ?? [],
    pass: (ms) => {
      clock.nowMs += ms;
      clock.elapsedMs += ms;
    },
    setClock: (byMs) => {
      clock.nowMs += byMs;
    },
    another: (others = keys) => open(emulator, others, clock),
  };
}

/** The indexes and kinds of a partial result's failures. */
export function failuresOf(result: SendResult): readonly (readonly [index: number, kind: string])[] {
  return result.kind === 'partial' ? result.failures.map(({ index, failure }) => [index, failure.kind]) : [];
}
