/** Our own templates at real nodes: they are taken, and so is what the samples of all kinds of events become. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRelay } from '@audit-relay/core';
import { defaultKey, type Simulator, sampleFiles, startSimulator } from '@audit-relay/openai-simulator';
import type { SetupStep } from '@audit-relay/sink';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { testContext } from '@audit-relay/sink-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notOnce, useNode } from './node.ts';
import { relayOptions } from './relay.ts';
import { openSink } from './sink.ts';

let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-setup-'));
  simulator = await startSimulator({ files: sampleFiles });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

// Raw records are left out: the `source` of some contradicts the object that ECS has under that name.
const cases = [
  {
    place: 'a data stream',
    format: 'ecs',
    keys: { namespace: 'setup' },
    target: 'logs-openai.org_audit-setup',
  },
  {
    place: 'indices by month',
    format: 'ecs',
    keys: { mode: 'index', index: 'setup-ecs-%Y.%m' },
    target: 'setup-ecs-*',
  },
  {
    place: 'indices by month',
    format: 'ocsf',
    keys: { mode: 'index', index: 'setup-ocsf-%Y.%m' },
    target: 'setup-ocsf-*',
  },
] as const;

describe.each(['9.5.3', '8.19.2'] as const)('Elasticsearch %s', (version) => {
  const node = useNode({ version });

  function setUp(keys: object, dryRun = false): Promise<readonly SetupStep[]> {
    const config = elasticsearch.configSchema.parse({ nodes: [node().url], ...keys });
    const call = { signal: new AbortController().signal, dryRun };
    return elasticsearch.setup?.(config, testContext(), call) ?? Promise.resolve([]);
  }

  describe.each(cases)('$place for $format', ({ keys, target, format }) => {
    test('is set up once; a second run finds nothing to do, and doctor nothing to say', async () => {
      const planned = await setUp(keys, true);
      expect(await setUp(keys)).toEqual(planned);
      const again = await setUp(keys);
      expect(again.map(({ outcome }) => outcome)).toEqual(again.map(() => 'current'));
      const { sink } = await openSink(node().url, keys);
      const findings = await sink.check(new AbortController().signal);
      expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    });

    test('takes every event of the samples once', async () => {
      const order = {
        folder: join(folder, `${version}-${'mode' in keys ? 'index' : 'stream'}-${format}`),
        api: { url: simulator.url, key: defaultKey },
        start: '2020-01-01T00:00:00Z',
        sink: { nodes: [node().url], ...keys },
        format,
      };
      const relay = await openRelay(relayOptions(order, () => undefined));
      await relay.caughtUp(AbortSignal.timeout(120_000));
      await relay.drain(10_000);
      expect(relay.status().lanes['siem']).toMatchObject({ deadLettered: 0, counts: {} });
      const ids = [...simulator.truth()].map(({ id }) => String(id));
      expect(await notOnce(node().url, target, ids)).toEqual([]);
    });
  });
});
