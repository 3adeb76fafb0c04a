/**
 * Promise 3 as a rate: beside a sink that hangs, is dead or says that it is busy the others get as many events in each minute as
 * without it. In virtual time, where nothing but the peers' own time bounds how fast they are.
 */
import { rmSync } from 'node:fs';
import { sourceConfigSchema } from '@audit-relay/core';
import { directSimulator } from '@audit-relay/openai-simulator';
import type { SendResult, SinkPlugin } from '@audit-relay/sink';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../invariants/core.ts';
import { laneIn, memoryFolder, type Place, runtimeOf, sourceIn } from '../invariants/in-virtual-time.ts';
import { T0, VirtualTime } from '../invariants/virtual-time.ts';

const MINUTE_MS = 60_000;
const MINUTES = 2;
/** Of the past, which keep a peer busy for more than half of the time, and of each second from then on. */
const HISTORY = 450;
const EACH_SECOND = 1;
/** For a batch of `BATCH` events. */
const SEND_MS = 3_000;
const BATCH = 20;
const WELL = ['one', 'two'] as const;

type Bad = 'hangs' | 'is dead' | 'refuses';

/** What the bad sink says, and after how long by the peers' own measure. */
const SAYS: Readonly<Record<Bad, readonly [ms: number, result: SendResult]>> = {
  hangs: [Number.MAX_SAFE_INTEGER, { kind: 'acked' }],
  'is dead': [0, { kind: 'retryable', why: 'failed', reason: 'ECONNREFUSED' }],
  refuses: [SEND_MS, { kind: 'retryable', why: 'refused', reason: 'HTTP 429', retryAfterMs: 1_000 }],
};

type Taking = (ids: readonly string[], signal: AbortSignal) => Promise<SendResult>;

function pluginOf(take: Taking): SinkPlugin<never> {
  return {
    type: 'peer',
    // It has no keys.
    configSchema: { safeParse: (data: unknown) => ({ success: true, data }) } as never,
    limits: () => ({ maxEvents: BATCH, maxBytes: 1e7, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 600_000 }),
    open: async () => ({
      send: ({ envelopes }, { signal }) =>
        take(
          envelopes.map(({ id }) => id),
          signal,
        ),
      check: async () => [],
      close: async () => undefined,
    }),
  };
}

function openPeer(name: string, take: Taking, place: Place): ReturnType<typeof laneIn> {
  return laneIn(place, { name, plugin: pluginOf(take), sinkConfig: {}, lane: { batch: { max_age: '0s' } } });
}

function openAcme(place: Place): ReturnType<typeof sourceIn> {
  const config = sourceConfigSchema.parse({
    type: 'openai',
    api_key: 'k',
    base_url: 'http://127.0.0.1:1',
    poll_interval: '1s',
    requests_per_second: 100,
    backfill_start_time: new Date((T0 - 7_200) * 1_000).toISOString(),
  });
  return sourceIn(place, { name: 'acme', config, networkMs: 20 });
}

function event(number: number, seconds: number): { readonly record: string } {
  return { record: JSON.stringify({ id: `audit_log-${number}`, type: 'login.succeeded', effective_at: seconds }) };
}

/** By peer that is well: how many events it took in each minute. */
async function rates(bad: Bad | undefined): Promise<Readonly<Record<string, readonly number[]>>> {
  const path = memoryFolder('rate');
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const time = new VirtualTime(T0 * 1_000);
  const runtime = runtimeOf(time);
  const simulator = directSimulator({ now: () => Math.floor(time.nowMs) });
  simulator.add(Array.from({ length: HISTORY }, (_, number) => event(number, T0 - 7_000 + number)));
  for (let second = 1; second < MINUTES * 60; second += 1) {
    const first = HISTORY + second * EACH_SECOND;
    time.after(second * 1_000, () =>
      simulator.add(Array.from({ length: EACH_SECOND }, (_, number) => event(first + number, T0 + second))),
    );
  }
  const journal = await openJournal({ path, max_bytes: 2 ** 26, retention: 0, create: 'auto' }, runtime);
  const names = [...WELL, ...(bad === undefined ? [] : ['bad'])];
  await journal.configure({
    sources: [{ name: 'acme', feeds: ['organization'] }],
    lanes: names.map((name) => ({ name, startFrom: 'beginning' })),
  });
  const world = { time, runtime, simulator, journal };
  const taken: Record<string, number[]> = Object.fromEntries(WELL.map((name) => [name, Array(MINUTES).fill(0)]));
  const lanes = names.map((name) =>
    openPeer(
      name,
      async (ids, signal) => {
        const [ms, result] = name === 'bad' && bad !== undefined ? SAYS[bad] : ([SEND_MS, { kind: 'acked' }] as const);
        await time.sleep(ms, signal);
        const minute = Math.floor((time.nowMs - T0 * 1_000) / MINUTE_MS);
        const counts = taken[name];
        if (counts !== undefined) counts[minute] = (counts[minute] ?? 0) + ids.length;
        return result;
      },
      world,
    ),
  );
  const source = openAcme(world);
  for (const lane of lanes) lane.start();
  source.start();
  // The last moment is none of the next minute.
  await time.pass((T0 + MINUTES * 60) * 1_000 - 1);
  await source.stop();
  for (const lane of lanes) lane.end();
  await journal.close();
  return taken;
}

test('beside a sink that is ill the others get as many events a minute as without it', async () => {
  const alone = await rates(undefined);
  const total = HISTORY + (MINUTES * 60 - 1) * EACH_SECOND;
  for (const name of WELL) {
    const sum = alone[name]?.reduce((all, count) => all + count, 0) ?? 0;
    // It was kept busy, and has come to what is live.
    expect(alone[name]?.[0]).toBeGreaterThan((0.9 * MINUTE_MS * BATCH) / SEND_MS);
    expect(total - sum).toBeLessThan(2 * BATCH);
  }
  for (const bad of Object.keys(SAYS) as Bad[]) expect(await rates(bad), `one that ${bad}`).toEqual(alone);
});
