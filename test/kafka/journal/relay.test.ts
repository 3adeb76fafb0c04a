/**
 * Whole relays on one journal at a real broker: what one of them has journaled another one delivers, and what one leaves when it ends the
 * other takes over. Every event is journaled once, whoever read it, and delivered.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSink, laneConfigSchema, openRelay, type Relay, sourceConfigSchema } from '@audit-relay/core';
import { kafkaJournal, setUpTopics } from '@audit-relay/journal-kafka';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { needed } from '../../services/needed.ts';
import { useBroker } from '../broker.ts';
import { configOf, testRuntime } from './collect.ts';
import { standingEntries } from './entries.ts';

const broker = useBroker({ version: '4.4.0' });
const KEY = 'sk-admin-simulator';
const SOURCES = ['acme', 'bolt', 'crow'];
const simulators = needed({
  name: 'simulated APIs',
  get: () => Promise.all(SOURCES.map((_, seed) => startSimulator({ events: 60, spanMs: 3_600_000, seed }))),
  giveBack: async (all: readonly Simulator[]) => void (await Promise.all(all.map((one) => one.close()))),
});

async function relay(prefix: string, path: string): Promise<Relay> {
  const journal = kafkaJournal.opener(configOf(broker().addresses.plain, prefix), { collect: true, deliver: true });
  const start = new Date(Date.now() - 7_200_000).toISOString();
  const source = { type: 'openai', api_key: KEY, backfill_start_time: start, poll_interval: '1s' };
  const sources = SOURCES.map((name, at) => [
    name,
    sourceConfigSchema.parse({ ...source, base_url: simulators()[at]?.url }),
  ]);
  const lane = laneConfigSchema.parse({ type: 'file', format: 'raw', batch: { max_age: '0s' } });
  return openRelay({
    name: 'relay',
    version: '0.0.0',
    journal,
    sources: Object.fromEntries(sources),
    sinks: { out: { plugin: fileSink, config: fileSink.configSchema.parse({ path }), lane } },
    proxyFor: () => undefined,
    runtime: testRuntime(),
  });
}

const truth = (): readonly string[] => simulators().flatMap((one) => [...one.truth()].map(({ id }) => String(id)));

function idsIn(...paths: readonly string[]): ReadonlySet<string> {
  const lines = paths.flatMap((path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []));
  return new Set(lines.filter((line) => line.endsWith('}')).map((line) => String(JSON.parse(line).id)));
}

test('two share the work, one ends, and nothing is lost or journaled twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const prefix = `relay-${process.pid}`;
  const config = configOf(broker().addresses.plain, prefix);
  await setUpTopics(config, testRuntime());
  const [one, two] = [join(folder, 'one.jsonl'), join(folder, 'two.jsonl')];
  const delivered = (...paths: readonly string[]) =>
    expect.poll(() => truth().filter((id) => !idsIn(...paths).has(id)), { timeout: 120_000, interval: 200 });

  const first = await relay(prefix, one);
  await delivered(one).toEqual([]);
  const second = await relay(prefix, two);
  const more = (): void => {
    for (const [at, each] of simulators().entries()) {
      const record = {
        id: `late-${at}-${idsIn(one, two).size}`,
        type: 'project.created',
        effective_at: Math.floor(Date.now() / 1000),
      };
      each.add([{ record }]);
    }
  };
  more();
  await delivered(one, two).toEqual([]);
  await first.drain(10_000);
  more();
  await delivered(one, two).toEqual([]);
  await second.drain(10_000);

  const found = (await standingEntries(config)).map(({ source, id }) => `${source} ${id}`);
  expect(found.toSorted()).toEqual(
    simulators()
      .flatMap((each, at) => [...each.truth()].map(({ id }) => `${SOURCES[at]} ${id}`))
      .toSorted(),
  );
});
