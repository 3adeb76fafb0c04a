/**
 * A whole relay reads the older dialect over HTTP: each event of the past is delivered once, whatever the list is
 * called, while answers are bad and the relay is ended in the middle; and no prompt or response leaves it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  fileSink,
  journalConfigSchema,
  laneConfigSchema,
  openRelay,
  type Relay,
  type RelayOptions,
  sourceConfigSchema,
} from '@audit-relay/core';
import { defaultKey, type Simulator, type SimulatorOptions, startSimulator } from '@audit-relay/openai-simulator';
import { expect, test } from 'vitest';
import { hurriedClock } from '../services/hurried-clock.ts';

const DAY_MS = 86_400_000;
/** What every response of the simulator's calls says. */
const CONTENT = '"content":"Done."';

interface World {
  readonly simulator: Simulator;
  open(): Promise<Relay>;
  /** How many windows and pages of the past were committed. */
  commits(): number;
  /** Every line of the file that the records went to as they are. */
  lines(): readonly string[];
}

async function inWorld(options: SimulatorOptions, live: (world: World) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-dialect-'));
  const simulator = await startSimulator({ spanMs: 3 * DAY_MS, ...options });
  let commits = 0;
  const log: RelayOptions['runtime']['log'] = (...[, code]) => {
    if (code === 'WINDOW_COMMITTED') commits += 1;
  };
  try {
    await live({
      simulator,
      open: () => openRelay(relayOptions(simulator, folder, log)),
      commits: () => commits,
      lines: () => readFileSync(join(folder, 'out.ndjson'), 'utf8').split('\n').slice(0, -1),
    });
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function relayOptions(simulator: Simulator, folder: string, log: RelayOptions['runtime']['log']): RelayOptions {
  const source = {
    type: 'openai',
    dialect: 'organization_logs',
    api_key: defaultKey,
    base_url: simulator.url,
    backfill_start_time: new Date(Date.now() - 4 * DAY_MS).toISOString(),
    requests_per_second: 100,
  };
  return {
    name: 'dialect',
    version: '0.0.0',
    sources: { acme: sourceConfigSchema.parse(source) },
    journal: journalConfigSchema.parse({ path: join(folder, 'journal') }),
    sinks: {
      out: {
        plugin: fileSink,
        config: fileSink.configSchema.parse({ path: join(folder, 'out.ndjson') }),
        lane: laneConfigSchema.parse({ type: 'file', format: 'raw', concurrency: 1 }),
      },
    },
    proxyFor: () => undefined,
    runtime: {
      now: Date.now,
      random: Math.random,
      log,
      ...hurriedClock(),
    },
  };
}

/** Waits out false refusals, too: a feed that is paused by them is left out by `caughtUp`. */
async function whole(relay: Relay): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  const feed = (): ReturnType<Relay['status']>['sources'][string]['feeds']['organization'] =>
    relay.status().sources['acme']?.feeds.organization;
  do {
    await setTimeout(20, undefined, { signal });
    await relay.caughtUp(signal);
  } while (feed()?.health === 'paused' || feed()?.backfillSeconds !== 0);
}

const idsIn = (lines: readonly string[]): readonly string[] => lines.map((line): string => Object(JSON.parse(line)).id);
const truth = (simulator: Simulator): readonly string[] =>
  [...simulator.truth('organization_logs')].map(({ id }) => String(id)).toSorted();

test.each([
  { name: 'a list called data', options: { events: 2_000, knobs: { organization_logs: 'data' } } },
  { name: 'a list called logs', options: { events: 2_000, knobs: { organization_logs: 'logs' } } },
  {
    name: 'several events a second',
    options: { events: 3_000, spanMs: 600_000, knobs: { organization_logs: 'data' } },
  },
  { name: 'a page without a cursor', options: { events: 500, knobs: { organization_logs: 'data', no_last_id: true } } },
  {
    name: 'one bad answer in five',
    options: { events: 3_000, knobs: { organization_logs: 'data', faults: [{ rate: 0.2, seed: 3 }] } },
  },
] as const)('$name: each event once, without prompts and responses', async ({ options }) => {
  await inWorld(options, async ({ simulator, open, lines }) => {
    const relay = await open();
    await whole(relay);
    await relay.drain(10_000);
    expect(idsIn(lines()).toSorted()).toEqual(truth(simulator));
    expect(lines().some((line) => line.includes('"usage"'))).toBe(true);
    expect(lines().filter((line) => line.includes(CONTENT))).toEqual([]);
  });
});

test('a relay that is ended in the middle of the past goes on there', async () => {
  await inWorld(
    { events: 3_000, knobs: { organization_logs: 'data' } },
    async ({ simulator, open, commits, lines }) => {
      for (const part of [5, 12]) {
        const relay = await open();
        while (commits() < part) await setTimeout(2);
        await relay.drain(10_000);
      }
      expect(idsIn(lines()).length).toBeLessThan(3_000);
      const relay = await open();
      await whole(relay);
      await relay.drain(10_000);
      expect(idsIn(lines()).toSorted()).toEqual(truth(simulator));
      const requests = simulator.stats().requests.reduce((sum, { count }) => sum + count, 0);
      // Thirty pages, and a few more for each of the three lives.
      expect(requests).toBeLessThan(50);
    },
  );
});

test('a server that ignores `order` is refused in words, and read once it obeys', async () => {
  const knobs = { organization_logs: 'data', ignore_order: true } as const;
  await inWorld({ events: 1_000, knobs }, async ({ simulator, open, lines }) => {
    const relay = await open();
    const feed = (): object | undefined => relay.status().sources['acme']?.feeds.organization;
    const problem = (): unknown => Object(feed()).problem;
    while (problem() === undefined) await setTimeout(5);
    expect(problem()).toMatch(/asked order/);
    expect(relay.status().sources['acme']?.failures).toHaveProperty('order_ignored');
    simulator.set({ ignore_order: false });
    await whole(relay);
    await relay.drain(10_000);
    expect(idsIn(lines()).toSorted()).toEqual(truth(simulator));
  });
});
