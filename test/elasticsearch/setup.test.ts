/** Our own templates at real nodes: they are taken, and so is what the samples of all kinds of events become. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRelay } from '@audit-relay/core';
import { defaultKey, sampleFiles, startSimulator } from '@audit-relay/openai-simulator';
import type { SetupStep } from '@audit-relay/sink';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { notOnce, order, useNode } from './node.ts';
import { relayOptions } from './relay.ts';
import { openSink } from './sink.ts';

type Format = 'ecs' | 'ocsf' | 'raw';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-setup-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

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
  {
    place: 'indices by month',
    format: 'raw',
    keys: { mode: 'index', index: 'setup-raw-%Y.%m' },
    target: 'setup-raw-*',
  },
] as const;

/** Each into a place of its own: the ids of the two have nothing to do with each other. */
const DIALECTS = ['audit_logs', 'organization_logs'] as const;

/** The same place for one dialect alone. */
function keysFor(keys: (typeof cases)[number]['keys'], dialect: (typeof DIALECTS)[number]): object {
  if (dialect === 'audit_logs') return keys;
  return 'index' in keys ? { ...keys, index: `older-${keys.index}` } : { ...keys, namespace: 'older' };
}

function targetFor(target: string, dialect: (typeof DIALECTS)[number]): string {
  if (dialect === 'audit_logs') return target;
  return target.startsWith('logs-') ? 'logs-openai.org_audit-older' : `older-${target}`;
}

describe.each(['9.5.3', '8.19.2'] as const)('Elasticsearch %s', (version) => {
  const node = useNode({ version });

  function setUp(keys: object, format: Format, dryRun = false): Promise<readonly SetupStep[]> {
    const config = elasticsearch.configSchema.parse({ nodes: [node().url], ...keys });
    const call = { signal: new AbortController().signal, dryRun };
    return elasticsearch.setup?.(config, testContext({ format }), call) ?? Promise.resolve([]);
  }

  describe.each(cases)('$place for $format', ({ keys, target, format }) => {
    test('is set up once; a second run finds nothing to do, and doctor nothing to say', async () => {
      const planned = await setUp(keys, format, true);
      expect(await setUp(keys, format)).toEqual(planned);
      const again = await setUp(keys, format);
      expect(again.map(({ outcome }) => outcome)).toEqual(again.map(() => 'current'));
      const { sink } = await openSink(node().url, keys, { format });
      const findings = await sink.check(new AbortController().signal);
      expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    });

    test.each(DIALECTS)('takes every event of the samples once, as %s has them', async (dialect) => {
      // One of the samples is dated ahead, and shown as of the simulator's start: read soon, or not at all.
      const simulator = await startSimulator({ files: sampleFiles, knobs: { organization_logs: 'data' } });
      onTestFinished(() => simulator.close());
      const ownKeys = keysFor(keys, dialect);
      const asked = {
        folder: join(folder, `${version}-${'mode' in keys ? 'index' : 'stream'}-${format}-${dialect}`),
        api: { url: simulator.url, key: defaultKey },
        start: '2020-01-01T00:00:00Z',
        sink: { nodes: [node().url], ...ownKeys, manage_template: true },
        format,
        dialect,
      };
      const relay = await openRelay(relayOptions(asked, () => undefined));
      await relay.caughtUp(AbortSignal.timeout(120_000));
      await relay.drain(10_000);
      expect(relay.status().lanes['siem']).toMatchObject({ deadLettered: 0, counts: {} });
      const ids = [...simulator.truth(dialect)].map(({ id }) => String(id));
      expect(ids.length).toBeGreaterThan(100);
      expect(await notOnce(node().url, targetFor(target, dialect), ids)).toEqual([]);
    });
  });

  describe('raw records, whatever they hold', () => {
    const keys = { mode: 'index', index: 'anything-%Y.%m' };
    /** Each contradicts one before it, or what ECS has under the name, or what a mapping can name at all. */
    const records = [
      { id: 'a', type: 'login.failed', effective_at: 1_795_895_416, source: 'adminapi', event: 'x', tags: { a: 1 } },
      { id: 'b', type: { odd: true }, effective_at: 'soon', source: { ip: 'none' }, event: [{ a: 1 }], user: 'u' },
      { id: 'c', type: null, effective_at: { seconds: 1 }, 'a..b': 1, '.': { '': 2 }, ' ': 3, message: {} },
      { id: 'd', actor: 'text', project: [1, 'two', {}], deep: JSON.parse('['.repeat(300) + ']'.repeat(300)) },
      { id: 'e', actor: { session: { ip_address: '203.0.113.5:1', user: 'u' } }, long: 'x'.repeat(100_000) },
      { id: 'f', type: 'login.failed', actor: { session: { ip_address: '203.0.113.5' } } },
    ];

    test('are all taken, and found by what they have', async () => {
      const { send } = await openSink(node().url, { ...keys, manage_template: true }, { format: 'raw' });
      const batch = records.map((record) => ({ ...envelopes(1)[0]!, id: record.id, ...textOf(record) }));
      expect(await send(batchOf(batch))).toEqual({ kind: 'acked' });
      expect(
        await notOnce(
          node().url,
          'anything-*',
          records.map(({ id }) => id),
        ),
      ).toEqual([]);
      expect(await found({ term: { type: 'login.failed' } })).toEqual(['a', 'f']);
      expect(await found({ term: { 'actor.session.ip_address': '203.0.113.0/24' } })).toEqual(['f']);
      expect(await found({ range: { effective_at: { gte: '2026-01-01', lt: '2027-01-01' } } })).toEqual(['a']);
    });

    function textOf(record: object): { readonly json: string; readonly bytes: number } {
      const json = JSON.stringify(record);
      return { json, bytes: Buffer.byteLength(json) };
    }

    async function found(query: object): Promise<readonly string[]> {
      const answer = await order(node().url, 'POST /anything-*/_search', { query, size: 100 });
      const hits: readonly { readonly _id: string }[] = Object(answer).hits.hits;
      return hits.map(({ _id: id }) => id).toSorted();
    }
  });
});
