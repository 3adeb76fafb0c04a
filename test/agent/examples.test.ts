/**
 * Every example of `config/` is run as it stands, with its variables alone: the simulated API on one side, and on the other the
 * emulators of Splunk and Datadog, and files. What has happened is there, and nothing else. Those into real servers are run
 * beside the tests of these.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from '@audit-relay/openai-simulator';
import { startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../docs/markdown.ts';
import { deliver, EVENTS, type Example, idsIn, sorted, withExample } from './example.ts';

const TOKEN = '00000000-0000-0000-0000-000000000007';
const TRIED: readonly string[] = [
  'datadog.yaml',
  'laptop.yaml',
  'several-organizations.yaml',
  'several-sinks.yaml',
  'splunk.yaml',
];
/** By `test/elasticsearch`, `test/kafka`; the demo's needs a simulator at a fixed port, and the other is in the documents. */
const ELSEWHERE: readonly string[] = ['elastic.yaml', 'kafka.yaml', 'demo.yaml', 'file.yaml'];

async function withSplunk(
  file: string,
  work: (example: Example, splunk: Awaited<ReturnType<typeof startHecEmulator>>) => Promise<void>,
): Promise<void> {
  const splunk = await startHecEmulator({ tokens: { [TOKEN]: { indexes: ['security'] } } });
  try {
    await withExample(file, (example) => work(example, splunk));
  } finally {
    await splunk.close();
  }
}

test('every file of the folder is tried', () => {
  const files = readdirSync(join(ROOT, 'config')).filter((name) => name.endsWith('.yaml'));
  expect(sorted(files)).toEqual(sorted([...TRIED, ...ELSEWHERE]));
});

// Each waits most of its time.
describe.concurrent('delivers everything', () => {
  test('laptop.yaml: all in a file, the failed logins on the screen', async () => {
    await withExample('laptop.yaml', async (example) => {
      const { out } = await deliver(example);
      const all = example.lines('events.ecs.ndjson');
      expect(idsIn(all)).toEqual(example.ids());
      const failed = all.filter((document) => Object(document['event']).action === 'login.failed');
      const shown = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
      expect(idsIn(shown)).toEqual(idsIn(failed));
    });
  });

  test('splunk.yaml', async () => {
    await withSplunk('splunk.yaml', async (example, splunk) => {
      await deliver(example, { SPLUNK_HEC_URL: splunk.url, SPLUNK_HEC_TOKEN: TOKEN });
      expect(idsIn(splunk.events.map(({ event }) => event))).toEqual(example.ids());
      expect([...new Set(splunk.events.map(({ index }) => index))]).toEqual(['security']);
    });
  });

  test('datadog.yaml, with the emulator in place of the site', async () => {
    const emulator = await startIntakeEmulator({ keys: [TOKEN] });
    try {
      await withExample('datadog.yaml', async (example) => {
        example.change('site: ${DD_SITE:-datadoghq.com}', `url: ${emulator.url}`);
        await deliver(example, { DD_API_KEY: TOKEN });
      });
      expect(emulator.logs).toHaveLength(EVENTS);
    } finally {
      await emulator.close();
    }
  });

  test('several-sinks.yaml: each has its own, and nobody an address', async () => {
    await withSplunk('several-sinks.yaml', async (example, splunk) => {
      const env = { SPLUNK_HEC_URL: splunk.url, SPLUNK_HEC_TOKEN: TOKEN, REDACT_KEY: 'a-key-of-enough-letters' };
      await deliver(example, env);
      const raw = example.lines('events.raw.ndjson');
      expect(sorted(raw.map(({ id }) => String(id)))).toEqual(example.ids());
      expect(example.lines('events.ocsf.ndjson')).toHaveLength(EVENTS);
      const kept = raw.flatMap(({ id, type }) => (type === 'logout.succeeded' ? [] : [String(id)]));
      expect(idsIn(splunk.events.map(({ event }) => event))).toEqual(sorted(kept));
      expect(JSON.stringify(raw)).not.toMatch(/"ip_address":"\d+\.\d+/);
    });
  });

  test('several-organizations.yaml: both are there, each by its name', async () => {
    const other = await startSimulator({ events: EVENTS, spanMs: 3_600_000, key: 'sk-admin-europe', seed: 2 });
    try {
      await withExample('several-organizations.yaml', async (example) => {
        const env = { ACME_EUROPE_ADMIN_KEY: 'sk-admin-europe', OPENAI_EUROPE_BASE_URL: other.url };
        await deliver(example, env);
        const all = example.lines('events.ecs.ndjson');
        const of = (id: string): readonly unknown[] => all.filter((one) => Object(one['organization']).id === id);
        expect(idsIn(of('org-acme'))).toEqual(example.ids());
        expect(of('org-acme-europe')).toHaveLength(EVENTS);
      });
    } finally {
      await other.close();
    }
  });
});

test('the example of the documents has its text from the folder', () => {
  expect(readFileSync(join(ROOT, 'docs/CONFIG.md'), 'utf8')).toContain(
    readFileSync(join(ROOT, 'config/file.yaml'), 'utf8'),
  );
});
