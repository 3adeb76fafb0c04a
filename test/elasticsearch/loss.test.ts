/**
 * Promises 1 and 2 with a real node on the other side: the node dies in the middle of a delivery, the relay dies, the
 * stream rolls over between, and at the end every event is held exactly once.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Log, openRelay, type Relay } from '@audit-relay/core';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startGate } from '../services/gate.ts';
import type { ChildOrder } from './child.ts';
import { allowStream, notOnce, order, useNode } from './node.ts';
import { type RelayOrder, relayOptions } from './relay.ts';

const CHILD = fileURLToPath(new URL('../dist/elasticsearch/child.js', import.meta.url));
const DAY_MS = 86_400_000;
const EVENTS = 1_500;
const node = useNode({ version: '9.5.3', isKilled: true });

let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-loss-'));
  simulator = await startSimulator({ events: EVENTS, spanMs: 2 * DAY_MS, seed: 11 });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const modes = [
  {
    mode: 'index',
    sink: (name: string) => ({ mode: 'index', index: `${name}-%Y.%m` }),
    target: (name: string) => `${name}-*`,
  },
  {
    mode: 'data_stream',
    sink: (name: string) => ({ namespace: name }),
    target: (name: string) => `logs-openai.org_audit-${name}`,
  },
] as const;

type Mode = (typeof modes)[number];

/** A relay of its own for the test called `name`; in small batches, so that there is a middle to die in. */
async function orderFor(name: string, { mode, sink, target }: Mode, url = node().url): Promise<RelayOrder> {
  if (mode === 'data_stream') {
    await allowStream(node().url, target(name));
    // So that it can roll over before the first event has come.
    await order(node().url, `PUT /_data_stream/${target(name)}`);
  }
  return {
    folder: join(folder, name),
    api: { url: simulator.url, key: defaultKey },
    start: new Date(Date.now() - 3 * DAY_MS).toISOString(),
    // Short, because a lost bulk may be at work for half of it, which is waited for.
    sink: { nodes: [url], request_timeout_ms: 4_000, ...sink(name) },
    maxEvents: 50,
  };
}

/** What of the simulator's own truth is not held exactly once. */
function deviations(name: string, { target }: Mode): Promise<readonly string[]> {
  return notOnce(
    node().url,
    target(name),
    [...simulator.truth()].map(({ id }) => String(id)),
  );
}

async function rollOver(name: string, { mode, target }: Mode): Promise<void> {
  if (mode === 'data_stream') await order(node().url, `POST /${target(name)}/_rollover`);
}

// Both modes at once: they share the node's one kill and restart.
test('a node that is killed in the middle and started again has every event once', async () => {
  const deliveries = await Promise.all(
    modes.map(async (mode) => {
      const name = `node_${mode.mode}`;
      const { log, reached } = watch();
      const relay = await openRelay(relayOptions(await orderFor(name, mode), log));
      await reached('BATCH_SETTLED', 5);
      return { mode, name, relay };
    }),
  );
  for (const { relay } of deliveries) expect(relay.status().lanes['siem']?.acked).toBeLessThan(EVENTS);
  await node().kill();
  await node().restart();
  for (const { mode, name, relay } of deliveries) {
    await rollOver(name, mode);
    await expectEverythingOnce(relay, name, mode);
  }
});

describe.each(modes)('mode: $mode', (mode) => {
  test('answers that are lost before a rollover double nothing', async () => {
    const name = `answer_${mode.mode}`;
    const gate = await startGate(node().url);
    onTestFinished(() => gate.close());
    const { log, reached } = watch();
    const relay = await openRelay(relayOptions(await orderFor(name, mode, gate.url), log));
    await reached('BATCH_SETTLED', 5);
    await gate.shut();
    await rollOver(name, mode);
    gate.open();
    await expectEverythingOnce(relay, name, mode);
  });

  test('an index that is made read-only in the middle holds everything back until that is lifted', async () => {
    const name = `block_${mode.mode}`;
    const { log, reached } = watch();
    const relay = await openRelay(relayOptions(await orderFor(name, mode), log));
    const block = (isOn: boolean): Promise<unknown> =>
      order(node().url, `PUT /${mode.target(name)}/_settings`, { 'index.blocks.write': isOn });
    await reached('BATCH_SETTLED', 5);
    await block(true);
    await reached('SINK_RETRYING', 1);
    expect(relay.status().lanes['siem']).toMatchObject({ health: 'retrying', deadLettered: 0 });
    await block(false);
    await expectEverythingOnce(relay, name, mode);
  });

  test.each([
    { step: 'BATCH_SENDING', occurrence: 6 },
    { step: 'BATCH_SETTLED', occurrence: 1 },
    { step: 'BATCH_SETTLED', occurrence: 6 },
    { step: 'CURSOR_SAVING', occurrence: 1 },
  ])('a relay that is killed at $step, time $occurrence, doubles nothing after a rollover', async (killAt) => {
    const name = `${killAt.step}_${killAt.occurrence}_${mode.mode}`.toLowerCase();
    const relayOrder = await orderFor(name, mode);
    expect(await runChild({ ...relayOrder, killAt })).toEqual({ code: null, signal: 'SIGKILL' });
    await rollOver(name, mode);
    expect(await runChild(relayOrder)).toEqual({ code: 0, signal: null });
    expect(await deviations(name, mode)).toEqual([]);
  });
});

async function expectEverythingOnce(relay: Relay, name: string, mode: Mode): Promise<void> {
  await relay.caughtUp(AbortSignal.timeout(120_000));
  await relay.drain(10_000);
  expect(relay.status().lanes['siem']).toMatchObject({ deadLettered: 0, heldEntries: 0 });
  expect(await deviations(name, mode)).toEqual([]);
}

/** A log that can be waited for. */
function watch(): { readonly log: Log; reached(code: string, occurrence: number): Promise<void> } {
  const lines = new EventEmitter();
  const seen = new Map<string, number>();
  return {
    log: (...[, code]) => {
      seen.set(code, (seen.get(code) ?? 0) + 1);
      lines.emit('line');
    },
    reached: async (code, occurrence) => {
      while ((seen.get(code) ?? 0) < occurrence) await once(lines, 'line');
    },
  };
}

async function runChild(
  childOrder: ChildOrder,
): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(childOrder)], { stdio: 'inherit' });
  // The pair that Node's `close` event gives.
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}
