/** Relays for the benches: the real core, the real journal, a sink that takes everything or nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  journalConfigSchema,
  laneConfigSchema,
  openRelay,
  type Relay,
  type RelayOptions,
  sourceConfigSchema,
} from '@audit-relay/core';
import type { SendResult, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

/** Takes every batch at once, or holds every batch back as a peer that is down does. */
export function benchSink(result: SendResult): SinkPlugin<object> {
  return {
    type: 'bench',
    configSchema: z.strictObject({}),
    limits: () => ({ maxEvents: 1000, maxBytes: 5_000_000, maxEventBytes: 1_000_000, maxInFlight: 4, sendMs: 10_000 }),
    open: async () => ({
      send: async () => result,
      check: async () => [{ name: 'bench', verdict: 'ok', detail: 'always' }],
      close: async () => undefined,
    }),
  };
}

export interface BenchRelay {
  readonly url: string;
  readonly start: string;
  readonly sink: SinkPlugin<object>;
  readonly maxBytes?: string;
  /** Default: as many as there can be. */
  readonly requestsPerSecond?: number;
  /** As in YAML. */
  readonly pollInterval?: string;
  /** As in YAML: how long an event waits for others. */
  readonly maxAge?: string;
  readonly when?: string;
}

/** Runs `work` with a relay in a folder of its own, which is removed afterwards. */
export async function withRelay(order: BenchRelay, work: (relay: Relay) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  try {
    const relay = await openRelay(options(order, folder));
    await work(relay);
    await relay.drain(1_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options(order: BenchRelay, folder: string): RelayOptions {
  const {
    url,
    start,
    sink,
    maxBytes = '4GiB',
    requestsPerSecond = 10_000,
    pollInterval = '30s',
    maxAge = '1s',
  } = order;
  const source = sourceConfigSchema.parse({
    type: 'openai',
    api_key: 'sk-admin-simulator',
    base_url: url,
    poll_interval: pollInterval,
    backfill_start_time: start,
  });
  const lane = { type: 'bench', batch: { max_age: maxAge }, ...(order.when === undefined ? {} : { when: order.when }) };
  return {
    name: 'bench',
    version: '0.0.0',
    // The schema allows 100 requests a second; here the path is measured, not the limit.
    sources: { bench: { ...source, requests_per_second: requestsPerSecond } },
    journal: journalConfigSchema.parse({ path: join(folder, 'journal'), max_bytes: maxBytes }),
    sinks: {
      bench: { plugin: sink, config: {}, lane: laneConfigSchema.parse(lane) },
    },
    proxyFor: () => undefined,
    runtime: {
      now: Date.now,
      elapsedMs: () => performance.now(),
      random: Math.random,
      log: () => undefined,
      sleep: async (ms, signal) => {
        await setTimeout(ms, undefined, { signal });
      },
    },
  };
}
