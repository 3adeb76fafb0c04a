/** A whole relay before the emulator of HEC: the simulated API, the real journal, the real core, the real sink. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { journalConfigSchema, laneConfigSchema, openRelay, type Relay, sourceConfigSchema } from '@audit-relay/core';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { type EmulatorOptions, type HecEmulator, startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { onTestFinished } from 'vitest';
import { hurriedClock } from '../services/hurried-clock.ts';

export const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';

/** Shown by a relay that is running. */
export interface Running {
  readonly relay: Relay;
  /** Waits that core has begun for the sake of a lane or source, in milliseconds as it asked for them. */
  readonly waits: readonly number[];
}

export class RelayFolder {
  readonly simulator: Simulator;
  readonly emulator: HecEmulator;
  readonly folder: string;

  constructor(simulator: Simulator, emulator: HecEmulator, folder: string) {
    this.simulator = simulator;
    this.emulator = emulator;
    this.folder = folder;
  }

  /** A relay that goes on where the last one in this place ended. @param keys of the sink. */
  async run(keys: object = {}, batch: object = {}): Promise<Running> {
    const config = splunkHec.configSchema.parse({
      url: this.emulator.url,
      token: TOKEN,
      request_timeout: '5s',
      ...keys,
    });
    const { sendMs, confirmMs } = splunkHec.limits(config);
    const clock = hurriedClock({ times: 50, kept: [sendMs, confirmMs] });
    const waits: number[] = [];
    const source = {
      type: 'openai',
      api_key: defaultKey,
      base_url: this.simulator.url,
      backfill_start_time: '60d',
      poll_interval: '1s',
      requests_per_second: 100,
    };
    const lane = { type: 'splunk-hec', batch: { max_age: '0s', ...batch }, concurrency: 1 };
    const relay = await openRelay({
      name: 'splunk-test',
      version: '0.0.0',
      sources: { acme: sourceConfigSchema.parse(source) },
      journal: journalConfigSchema.parse({ path: join(this.folder, 'journal') }),
      sinks: { siem: { plugin: splunkHec, config, lane: laneConfigSchema.parse(lane) } },
      proxyFor: () => undefined,
      runtime: {
        now: Date.now,
        random: Math.random,
        log: () => undefined,
        ...clock,
        sleep: (ms, signal) => {
          waits.push(ms);
          return clock.sleep(ms, signal);
        },
      },
    });
    onTestFinished(async () => {
      await relay.drain(1_000);
    });
    return { relay, waits };
  }

  /** Ids of the API's own truth that are not at the peer, and those there that are nobody's. */
  wrong(): readonly string[] {
    const truth = new Set([...this.simulator.truth()].map(({ id }) => String(id)));
    const held = new Set(this.emulator.events.map(({ fields }) => String(fields['event_id'])));
    return [...truth].filter((id) => !held.has(id)).concat([...held].filter((id) => !truth.has(id)));
  }

  /** How many events are there more than once. */
  doubled(): number {
    return this.emulator.events.length - new Set(this.emulator.events.map(({ fields }) => fields['event_id'])).size;
  }
}

export async function place(events: number, options: Partial<EmulatorOptions> = {}): Promise<RelayFolder> {
  const simulator = await startSimulator({ events, spanMs: 2 * 86_400_000, seed: 13 });
  const emulator = await startHecEmulator({ tokens: { [TOKEN]: {} }, ...options });
  const folder = await mkdtemp(join(tmpdir(), 'audit-relay-splunk-'));
  onTestFinished(async () => {
    await Promise.all([simulator.close(), emulator.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  return new RelayFolder(simulator, emulator, folder);
}

/** Until it holds; the clock of the test run bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(5);
}
