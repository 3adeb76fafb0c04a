/**
 * A real Prometheus scrapes the command that operators run, while one source is refused and one sink is down: the dashboard
 * shows something in every panel, every query of the documents is understood, and every rule can be evaluated.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, start } from '../agent/command.ts';
import { ROOT } from '../docs/markdown.ts';
import { needed } from '../services/needed.ts';
import { freePorts } from '../services/ports.ts';
import { type Prometheus, promtool, startPrometheus } from '../services/prometheus/prometheus.ts';

const RULES = join(ROOT, 'deploy/prometheus/audit-relay.rules.yaml');
const DASHBOARD = join(ROOT, 'deploy/grafana/audit-relay.json');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** What Grafana puts in: everything that is chosen from, and a span over some scrapes. */
function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|source|sink)\b/g, '.*');
}

const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { readonly panels: readonly Panel[] };
const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr: filled(expr) })));

/** `| … | `query` |` */
const documented = [
  ...readFileSync(join(ROOT, 'docs/METRICS.md'), 'utf8').matchAll(/^\| `(\w+)` .* \| `(.*)` \|$/gm),
].map(([, name = '', query = '']) => ({ name, query: query.replaceAll('\\|', '|') }));

let running: Running | undefined;
let url = '';
const folder = mkdtempSync(join(tmpdir(), 'audit-relay-scrape-'));
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const simulator = await startSimulator({ events: 200, spanMs: 3_600_000, rate: 5, key: defaultKey });
  closing.push(() => simulator.close());
  const [nobody] = await freePorts(1);
  const openai = { type: 'openai', base_url: simulator.url, poll_interval: '1s', requests_per_second: 50 };
  const config = {
    sources: {
      acme: { ...openai, api_key: '${KEY}', backfill_start_time: '2h' },
      other: { ...openai, api_key: '${WRONG_KEY}' },
    },
    sinks: {
      disk: { type: 'file', path: './out.ndjson' },
      siem: { type: 'splunk-hec', url: `http://127.0.0.1:${nobody}`, token: '${TOKEN}', when: 'event.kind == "event"' },
    },
    journal: { path: './journal' },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  const env = { KEY: defaultKey, WRONG_KEY: 'sk-admin-wrong', TOKEN: 'any' };
  running = start({ args: ['run'], cwd: folder, env });
  url = JSON.parse((await running.seen(/^\{.*"STARTED".*$/m))[0]).url;
});

afterAll(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

describe('promtool check metrics', () => {
  const tool = needed({ name: 'promtool', get: promtool });

  test('finds nothing to say of the plain text', async () => {
    const input = await (await fetch(`${url}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync(tool(), ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(input).toContain('audit_relay_sink_delivery_duration_seconds_bucket');
  });
});

describe('Prometheus', () => {
  const prometheus = needed<Prometheus>({
    name: 'Prometheus',
    get: () => startPrometheus({ target: new URL(url).host, ruleFile: RULES }),
    giveBack: (server) => server.stop(),
  });

  test.each(shown)('panel $title has something to show: $expr', async ({ expr }) => {
    await expect.poll(async () => (await prometheus().query(expr)).length, { timeout: 60_000 }).toBeGreaterThan(0);
  });

  test.each(documented)('the query of $name is understood', async ({ query }) => {
    await expect(prometheus().query(query)).resolves.toBeInstanceOf(Array);
  });

  test('every rule can be evaluated, and those of what is wrong here look at it', async () => {
    await expect
      .poll(async () => [...new Set(Object.values(await prometheus().rules()))], { timeout: 30_000 })
      .toEqual(['ok']);
    const pending = async (): Promise<readonly unknown[]> => {
      const alerts = await prometheus().query('ALERTS{alertname=~"AuditRelaySource.*|AuditRelaySinkRetrying"}');
      return [...new Set(alerts.map(({ metric }) => metric['alertname'] ?? ''))].toSorted((a, b) => a.localeCompare(b));
    };
    await expect.poll(pending, { timeout: 30_000 }).toEqual(['AuditRelaySinkRetrying', 'AuditRelaySourceRefused']);
  });
});
