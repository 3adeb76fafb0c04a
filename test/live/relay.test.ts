/** What a change does in the sharp moments, seen from within: a relay whose sinks are held and let go by the test. */
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
  type SinkOptions,
  sourceConfigSchema,
} from '@audit-relay/core';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import type { SendResult, SinkPlugin } from '@audit-relay/sink';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

const EVENTS = 60;
const LONG_MS = 600_000;
const WAIT = { timeout: 60_000 };

interface FakeConfig {
  /** Which of several. */
  readonly peer: string;
  readonly limit?: number;
}

interface Sent {
  readonly peer: string;
  readonly id: string;
  readonly replay: boolean;
  readonly json: string;
}

let folder: string;
let simulator: Simulator;
const relays: Relay[] = [];
let sent: Sent[] = [];
let opened: string[] = [];
/** By peer: what it says, instead of taking all. */
let answers = new Map<string, (signal: AbortSignal) => Promise<SendResult>>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-change-'));
  simulator = await startSimulator({ events: EVENTS, spanMs: 3_600_000, key: defaultKey });
  sent = [];
  opened = [];
  answers = new Map();
});
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.drain(0);
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const plugin: SinkPlugin<FakeConfig> = {
  type: 'fake',
  configSchema: z.strictObject({ peer: z.string(), limit: z.number().exactOptional() }),
  limits: ({ limit = 10 }) => ({
    maxEvents: limit,
    maxBytes: 2 ** 20,
    maxEventBytes: 2 ** 20,
    maxInFlight: 1,
    sendMs: LONG_MS,
  }),
  document: () => ({ formats: ['ecs', 'raw'] }),
  open: async ({ peer }) => {
    opened.push(peer);
    return {
      send: async (batch, { signal }) => {
        const answer = await answers.get(peer)?.(signal);
        if (answer !== undefined && answer.kind !== 'acked') return answer;
        sent.push(...batch.envelopes.map(({ id, json }) => ({ peer, id, replay: batch.replay, json })));
        return { kind: 'acked' };
      },
      check: async () => [],
      close: async () => undefined,
    };
  },
};

/** Never, until the signal fires. */
function hang(signal: AbortSignal): Promise<SendResult> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function sink(config: FakeConfig, lane: object = {}): SinkOptions {
  // Its config is what its own schema would make of it.
  return { plugin: plugin as SinkPlugin<unknown>, config, lane: laneConfigSchema.parse({ type: 'fake', ...lane }) };
}

function source(more: object = {}): RelayOptions['sources'][string] {
  return sourceConfigSchema.parse({
    type: 'openai',
    api_key: defaultKey,
    base_url: simulator.url,
    poll_interval: '1s',
    requests_per_second: 100,
    backfill_start_time: '2h',
    ...more,
  });
}

function options(sinks: RelayOptions['sinks'], sources: RelayOptions['sources'] = { acme: source() }): RelayOptions {
  return {
    name: 'live',
    version: '0.0.0',
    sources,
    journal: journalConfigSchema.parse({ path: join(folder, 'journal') }),
    sinks,
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

async function open(...given: Parameters<typeof options>): Promise<Relay> {
  const relay = await openRelay(options(...given));
  relays.push(relay);
  return relay;
}

const changeOf = (...given: Parameters<typeof options>): Parameters<Relay['change']>[0] => {
  const { name, sources, sinks } = options(...given);
  return { name, sources, sinks };
};

const whole = (relay: Relay): Promise<void> => relay.caughtUp(AbortSignal.timeout(60_000));
const idsAt = (peer: string): readonly string[] => sent.filter((one) => one.peer === peer).map(({ id }) => id);
const truth = (): readonly string[] => [...simulator.truth()].flatMap(({ id }) => id ?? []).toSorted();

test('what is on its way has its grace, then is sent once more as replay by the sink that begins anew', async () => {
  answers.set('old', hang);
  const relay = await open({ siem: sink({ peer: 'old' }) });
  await expect.poll(() => relay.status().lanes['siem']?.inFlightBatches, WAIT).toBe(1);
  const difference = await relay.change(changeOf({ siem: sink({ peer: 'new' }) }), 50);
  expect(difference.sinks).toEqual({ added: [], changed: ['siem'], removed: [] });
  await whole(relay);
  expect(idsAt('new').toSorted()).toEqual(truth());
  expect(sent.some(({ replay }) => replay)).toBe(true);
});

test('what is on its way and answered within the grace is not sent again', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  answers.set('old', () => held.then(() => ({ kind: 'acked' })));
  const relay = await open({ siem: sink({ peer: 'old' }) });
  await expect.poll(() => relay.status().lanes['siem']?.inFlightBatches, WAIT).toBe(1);
  const changed = relay.change(changeOf({ siem: sink({ peer: 'new' }) }), LONG_MS);
  release();
  await changed;
  await whole(relay);
  expect([...idsAt('old'), ...idsAt('new')].toSorted()).toEqual(truth());
  expect(sent.filter(({ replay }) => replay)).toEqual([]);
});

test('two changes at once are made one after the other, and the last is in force', async () => {
  const relay = await open({ siem: sink({ peer: 'a' }) });
  const changes = [
    relay.change(changeOf({ siem: sink({ peer: 'b' }), other: sink({ peer: 'other' }) }), LONG_MS),
    relay.change(changeOf({ siem: sink({ peer: 'c' }) }), LONG_MS),
  ];
  const [first, second] = await Promise.all(changes);
  expect(first?.sinks).toEqual({ added: ['other'], changed: ['siem'], removed: [] });
  expect(second?.sinks).toEqual({ added: [], changed: ['siem'], removed: ['other'] });
  await whole(relay);
  expect(Object.keys(relay.status().lanes)).toEqual(['siem']);
  expect(['a', 'b', 'c'].flatMap((peer) => idsAt(peer)).toSorted()).toEqual(truth());
});

test('a drain in the middle of a change ends both within its own grace, and the next start has the rest', async () => {
  answers.set('old', hang);
  const relay = await open({ siem: sink({ peer: 'old' }) });
  await expect.poll(() => relay.status().lanes['siem']?.inFlightBatches, WAIT).toBe(1);
  const change = relay.change(changeOf({ siem: sink({ peer: 'new' }) }), LONG_MS);
  const refused = expect(change).rejects.toMatchObject({ code: 'RELAY_ENDING' });
  await relay.drain(50);
  await refused;
  await expect(relay.change(changeOf({}), 0)).rejects.toMatchObject({ code: 'RELAY_ENDING' });
  expect(opened).toEqual(['old']);
  const next = await open({ siem: sink({ peer: 'new' }) });
  await whole(next);
  expect(idsAt('new').toSorted()).toEqual(truth());
});

describe('a dead letter that goes again goes as the document of now', () => {
  type Next = Partial<Pick<RelayOptions, 'name' | 'normalization'>> & { readonly lane?: object };
  const refused: SendResult = { kind: 'rejected', reason: 'mapper_parsing_exception' };
  type IsNew = (document: Record<string, unknown>) => boolean;
  const mapped: Next = { name: 'other', normalization: { redact: [], normalize: { original: true, severity: {} } } };
  const isMapped: IsNew = ({ agent, event }) => Object(agent).name === 'other' && 'original' in Object(event);
  const keys = Array.from({ length: EVENTS }, (_, index) => ({ lane: 'siem', sequence: index + 1 }));
  const configured = ({ lane, ...rest }: Next, peer: string): RelayOptions => ({
    ...options({ siem: sink({ peer }, lane) }),
    ...rest,
  });

  async function withLetters(): Promise<Relay> {
    answers.set('old', async () => refused);
    const relay = await open({ siem: sink({ peer: 'old' }, { format: 'ecs' }) });
    await expect.poll(() => relay.status().journal.deadLetters['siem'], WAIT).toBe(EVENTS);
    return relay;
  }

  async function expectNew(relay: Relay, isNew: IsNew): Promise<void> {
    expect(await relay.retryDeadLetters(keys)).toBe(EVENTS);
    await expect.poll(() => relay.status().journal.retried['siem'], WAIT).toEqual({ acked: EVENTS });
    expect(idsAt('new').toSorted()).toEqual(truth());
    const documents = sent.map(({ json }) => JSON.parse(json) as Record<string, unknown>);
    expect(documents.filter((document) => !isNew(document))).toEqual([]);
    expect(sent.every(({ replay }) => replay)).toBe(true);
  }

  test.each<[what: string, next: Next, isNew: IsNew]>([
    ['another format', { lane: { format: 'raw' } }, (document) => 'effective_at' in document],
    ['another name and mapping', mapped, isMapped],
  ])('%s, while it runs', async (_, next, isNew) => {
    const relay = await withLetters();
    const { name, sources, sinks, normalization } = configured(next, 'new');
    await relay.change({ name, sources, sinks, ...(normalization && { normalization }) }, 0);
    await expectNew(relay, isNew);
  });

  test('after a start', async () => {
    const before = await withLetters();
    await before.drain(0);
    const relay = await openRelay(configured(mapped, 'new'));
    relays.push(relay);
    await expectNew(relay, isMapped);
  });

  test('and one that the filter of now leaves out goes nowhere, and is kept no more', async () => {
    const relay = await withLetters();
    const { name, sources, sinks } = configured({ lane: { when: 'event.action == "nothing.such"' } }, 'new');
    await relay.change({ name, sources, sinks }, 0);
    expect(await relay.retryDeadLetters(keys)).toBe(EVENTS);
    await expect.poll(() => relay.status().journal.retried['siem'], WAIT).toEqual({ 'excluded.when': EVENTS });
    expect([sent, relay.status().journal.deadLetters]).toEqual([[], {}]);
  });
});

describe('what a start would refuse leaves everything as it was', () => {
  const siem = (): SinkOptions => sink({ peer: 'siem' });
  test.each<[code: string, next: () => Parameters<Relay['change']>[0]]>([
    ['SOURCE_RENAMED', () => changeOf({ siem: siem() }, { renamed: source() })],
    ['SOURCE_CHANGED', () => changeOf({ siem: siem() }, { acme: source({ dialect: 'organization_logs' }) })],
    ['START_IN_FUTURE', () => changeOf({ siem: siem() }, { acme: source({ backfill_start_time: '2999-01-01' }) })],
    ['START_IN_FUTURE', () => changeOf({ siem: siem(), late: sink({ peer: 'late' }, { start_from: '2999-01-01' }) })],
    ['TLS_FILE_UNUSABLE', () => changeOf({ siem: siem() }, { acme: source({ tls: { ca_file: '/nowhere' } }) })],
    ['FORMAT_UNSUPPORTED', () => changeOf({ siem: sink({ peer: 'siem' }, { format: 'ocsf' }) })],
    ['SINK_LIMITS_INVALID', () => changeOf({ siem: sink({ peer: 'siem', limit: 0 }) })],
    ['WHEN_INVALID', () => changeOf({ siem: sink({ peer: 'siem' }, { when: 'event.nothing == 1' }) })],
  ])('%s', async (code, next) => {
    const relay = await open({ siem: siem() });
    await whole(relay);
    await expect(relay.change(next(), LONG_MS)).rejects.toMatchObject({ code });
    expect(opened).toEqual(['siem']);
    const { lanes, sources } = relay.status();
    expect({ lanes: Object.keys(lanes), sources: Object.keys(sources) }).toEqual({
      lanes: ['siem'],
      sources: ['acme'],
    });
    // Counts begin at 0 in what begins anew.
    expect(lanes['siem']).toMatchObject({ health: 'ok', acked: EVENTS });
    const journaled = Object.values(sources['acme']?.feeds ?? {}).map((feed) => feed.journaled);
    expect(journaled.reduce((sum, count) => sum + count, 0)).toBe(EVENTS);
    expect(idsAt('siem').toSorted()).toEqual(truth());
    // Nor has it been kept: what was in force is still what a change is compared with.
    expect((await relay.change(changeOf({ siem: siem() }), LONG_MS)).sinks.changed).toEqual([]);
  });
});

test('dead letters that were on their way again when the sink changed go out from the one that begins anew', async () => {
  answers.set('old', async () => ({ kind: 'rejected', reason: 'HTTP 400' }));
  const relay = await open({ siem: sink({ peer: 'old', limit: 1 }) });
  await whole(relay);
  answers.set('old', hang);
  const keys = Array.from({ length: EVENTS }, (_, index) => ({ lane: 'siem', sequence: index + 1 }));
  expect(await relay.retryDeadLetters(keys)).toBe(EVENTS);
  await expect.poll(() => relay.status().lanes['siem']?.inFlightBatches, WAIT).toBe(1);
  await relay.change(changeOf({ siem: sink({ peer: 'new', limit: 1 }) }), 0);
  await expect.poll(() => relay.status().journal.deadLetters['siem'] ?? 0, WAIT).toBe(0);
  expect(idsAt('new').toSorted()).toEqual(truth());
});

test('a replay under way goes on in the sink that begins anew, and one that was added takes orders', async () => {
  const relay = await open({ siem: sink({ peer: 'old' }) });
  await whole(relay);
  answers.set('old', hang);
  const order = { fromMs: 0, toMs: Date.now() + LONG_MS, overwrite: false };
  await relay.replay({ sink: 'siem', ...order });
  await expect.poll(() => relay.status().lanes['siem']?.inFlightBatches, WAIT).toBe(1);
  await relay.change(changeOf({ siem: sink({ peer: 'new' }), more: sink({ peer: 'more' }) }), 0);
  await expect.poll(() => relay.status().journal.replays['siem']?.endedMs, WAIT).toBeDefined();
  expect(idsAt('new').toSorted()).toEqual(truth());
  await whole(relay);
  await relay.replay({ sink: 'more', ...order });
  await expect.poll(() => relay.status().journal.replays['more']?.endedMs, WAIT).toBeDefined();
  expect(idsAt('more')).toHaveLength(2 * EVENTS);
});

test('another redaction begins every sink anew, with what it redacts from then on', async () => {
  const relay = await open({ one: sink({ peer: 'one' }), two: sink({ peer: 'two' }) });
  await whole(relay);
  const change = changeOf({ one: sink({ peer: 'one' }), two: sink({ peer: 'two' }) });
  const { sinks } = await relay.change({ ...change, name: 'other' }, LONG_MS);
  expect(sinks.changed).toEqual(['one', 'two']);
  expect(relay.status().name).toBe('other');
});
