/** A whole relay before the emulator of the intake: the simulated API, the real journal, the real core, the real sink, and one clock. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { journalConfigSchema, laneConfigSchema, openRelay, type Relay, sourceConfigSchema } from '@audit-relay/core';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { datadog } from '@audit-relay/sink-datadog';
import { type IntakeEmulator, startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { onTestFinished } from 'vitest';
import { hurriedClock } from '../services/hurried-clock.ts';

export const KEY = '0123456789abcdef0123456789abcdef';

/** How far all clocks are away from this machine's, in milliseconds: the API's, the relay's and the intake's. */
export class Clock {
  offsetMs = 0;

  readonly now = (): number => Date.now() + this.offsetMs;
}

export class RelayFolder {
  readonly clock: Clock;
  readonly simulator: Simulator;
  readonly emulator: IntakeEmulator;
  readonly folder: string;

  constructor({
    clock,
    simulator,
    emulator,
    folder,
  }: Pick<RelayFolder, 'clock' | 'simulator' | 'emulator' | 'folder'>) {
    this.clock = clock;
    this.simulator = simulator;
    this.emulator = emulator;
    this.folder = folder;
  }

  /** A relay that goes on where the last one in this place ended. @param keys of the sink. */
  async run(keys: object = {}, lane: object = {}): Promise<Relay> {
    const config = datadog.configSchema.parse({ url: this.emulator.url, api_key: KEY, request_timeout: '5s', ...keys });
    const { sendMs } = datadog.limits(config);
    const source = {
      type: 'openai',
      api_key: defaultKey,
      base_url: this.simulator.url,
      backfill_start_time: '60d',
      poll_interval: '1s',
      requests_per_second: 100,
    };
    const keysOfLane = { type: 'datadog', batch: { max_age: '0s', max_events: 100 }, concurrency: 1, ...lane };
    const relay = await openRelay({
      name: 'datadog-test',
      version: '0.0.0',
      sources: { acme: sourceConfigSchema.parse(source) },
      journal: journalConfigSchema.parse({ path: join(this.folder, 'journal') }),
      sinks: { siem: { plugin: datadog, config, lane: laneConfigSchema.parse(keysOfLane) } },
      proxyFor: () => undefined,
      runtime: {
        now: this.clock.now,
        random: Math.random,
        log: () => undefined,
        ...hurriedClock({ times: 50, kept: [sendMs] }),
      },
    });
    onTestFinished(async () => {
      await relay.drain(1_000);
    });
    return relay;
  }

  /** Ids of the API's own truth. */
  truth(): readonly string[] {
    return [...this.simulator.truth()].map(({ id }) => String(id));
  }

  /** `evt.id` of what can be searched. */
  ids(): readonly string[] {
    return this.emulator.logs.map(({ attributes }) => String(attributes['evt.id']));
  }

  /** What is not at the intake, what is there and nobody's, what was dropped without a word or cut short. */
  wrong(): readonly string[] {
    const truth = new Set(this.truth());
    const held = new Set(this.ids());
    const lost = [...truth].filter((id) => !held.has(id));
    const foreign = [...held].filter((id) => !truth.has(id));
    const { dropped, logs } = this.emulator;
    const spoilt = logs.filter(({ isTruncated, beyond }) => isTruncated || beyond.length > 0);
    return [...lost, ...foreign, ...dropped.map(({ why }) => why), ...spoilt.map(({ message }) => message)];
  }
}

/** @param spanMs over which so many events have happened, up to now by a clock that is `offsetMs` away. */
export async function place(events: number, spanMs: number, offsetMs: number = 0): Promise<RelayFolder> {
  const clock = new Clock();
  clock.offsetMs = offsetMs;
  const simulator = await startSimulator({ events, spanMs, seed: 13, now: clock.now });
  const emulator = await startIntakeEmulator({ keys: [KEY], now: clock.now });
  const folder = await mkdtemp(join(tmpdir(), 'audit-relay-datadog-'));
  onTestFinished(async () => {
    await Promise.all([simulator.close(), emulator.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  return new RelayFolder({ clock, simulator, emulator, folder });
}

/** Until it holds; the clock of the test run bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(5);
}
