/**
 * A relay that ends its own process by SIGKILL at a named step of the data's path: the step's debug
 * line is the trigger, so that the kill falls exactly between two steps and not near them.
 * Started by `kill.test.ts`; argument: one JSON object of `ChildOrder`.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import {
  fileSink,
  journalConfigSchema,
  type Log,
  laneConfigSchema,
  openRelay,
  sourceConfigSchema,
} from '@audit-relay/core';
import type { ChildOrder } from './order.ts';

const order = JSON.parse(process.argv[2] ?? '') as ChildOrder;

let seen = 0;
const log: Log = (...[level, code, message, fields]) => {
  if (level === 'warn' || level === 'error') console.error(code, message, JSON.stringify(fields));
  if (code !== order.killAt?.step) return;
  seen += 1;
  if (seen === order.killAt.occurrence) process.kill(process.pid, 'SIGKILL');
};

const sink = (format: 'ecs' | 'ocsf') => ({
  plugin: fileSink,
  config: fileSink.configSchema.parse({ path: `${order.folder}/${format}.ndjson` }),
  lane: laneConfigSchema.parse({ type: 'file', format, batch: { max_events: 40, max_age: '0s' }, concurrency: 1 }),
});

mkdirSync(order.folder, { recursive: true });
const relay = await openRelay({
  name: 'kills',
  version: '0.0.0',
  sources: {
    acme: sourceConfigSchema.parse({
      type: 'openai',
      api_key: order.apiKey,
      base_url: order.url,
      backfill_start_time: order.start,
      poll_interval: '1s',
      requests_per_second: 100,
    }),
  },
  journal: journalConfigSchema.parse({ path: `${order.folder}/journal` }),
  sinks: { ecs: sink('ecs'), ocsf: sink('ocsf') },
  runtime: {
    now: Date.now,
    elapsedMs: () => performance.now(),
    random: Math.random,
    log,
    sleep: async (ms, signal) => {
      await setTimeout(ms, undefined, { signal });
    },
  },
  proxyFor: () => undefined,
});

if (order.killAfterMs !== undefined)
  setTimeout(order.killAfterMs).then(
    () => process.kill(process.pid, 'SIGKILL'),
    () => undefined,
  );
await relay.caughtUp(AbortSignal.timeout(60_000));
await relay.drain(10_000);
process.exit(0);
