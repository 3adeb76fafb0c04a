/**
 * `docker compose up` as far as it can be played here: accounts, set-up and relay of `docker-compose.yml` before a real,
 * secured Elasticsearch and the simulator with its own command; then what Kibana's dashboard asks for is asked.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { composeRelay, composeSimulator } from '../deploy/compose-world.ts';
import { runCommand } from '../services/command.ts';
import { composeService, mountedFiles } from '../services/compose.ts';
import { ADMIN } from '../services/elasticsearch/security.ts';
import { useNode } from './node.ts';

const node = useNode({ version: '9.5.3', isSecure: true });
const STREAM = 'logs-openai.org_audit-default';
/** More than the simulator has at first and makes while the test runs, and no more than one search may ask for. */
const PAGE = 10_000;

/** The node on this machine's loopback without TLS, as the compose file has it: `127.0.0.1:40000`. */
async function plainNode(): Promise<string> {
  const ca = readFileSync(node().caFile ?? 'a secured node has one');
  const server = createServer((asked, response) => {
    const { method, url = '/', headers } = asked;
    const passed = request(`${node().url}${url}`, { method, headers, ca }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // A server that listens on a port has an address with one.
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The one-shot that makes users, as it stands. */
async function makeAccounts(address: string): Promise<void> {
  const service = composeService('elasticsearch-accounts');
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-compose-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const { from } of mountedFiles(service)) copyFileSync(from, join(folder, basename(from)));
  const [bash = '', script = ''] = service.entrypoint ?? [];
  const admin = { ELASTIC_USERNAME: ADMIN.username, ELASTIC_PASSWORD: ADMIN.password };
  const env = { ...service.environment, ...admin, ELASTICSEARCH_URL: `http://${address}` };
  await runCommand({ file: bash, args: [join(folder, basename(script))], env });
}

interface Asked {
  readonly by?: { readonly username: string; readonly password: string };
  readonly body?: object;
}

async function ask(url: string, { by = ADMIN, body }: Asked = {}): Promise<{ status: number; answer: unknown }> {
  const authorization = `Basic ${Buffer.from(`${by.username}:${by.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: await response.json() };
}

/** How many documents each id has. */
async function copies(address: string): Promise<ReadonlyMap<string, number>> {
  await ask(`http://${address}/${STREAM}/_refresh`);
  const body = { size: PAGE, _source: false };
  const { answer } = await ask(`http://${address}/${STREAM}/_search`, { body });
  // Of a search.
  const { hits = [] } = Object(Object(answer).hits) as { hits?: readonly { readonly _id: string }[] };
  const held = new Map<string, number>();
  for (const { _id } of hits) held.set(_id, (held.get(_id) ?? 0) + 1);
  return held;
}

interface Column {
  readonly operationType: string;
  readonly sourceField: string;
}

interface Panel {
  readonly title: string;
  readonly query: string;
  readonly columns: readonly Column[];
}

/** What each chart of the dashboard asks for, as it stands in the file that is imported. */
function panels(): readonly Panel[] {
  const [, objects] = mountedFiles(composeService('kibana-dashboard'));
  const lines = readFileSync(objects?.from ?? '', 'utf8')
    .trim()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'lens')
    .map(({ attributes: { title, state } }) => {
      const layers = Object.values<{ columns: Record<string, Column> }>(state.datasourceStates.formBased.layers);
      return { title, query: state.query.query, columns: layers.flatMap(({ columns }) => Object.values(columns)) };
    });
}

/**
 * As Kibana asks Elasticsearch: the events of its query, and a bucket for each column. This distribution lacks Kibana's
 * language; fields with values and wildcards, which is all that our queries have, are written alike in Lucene's.
 */
function searchOf({ query, columns }: Panel): object {
  const aggs = columns
    .filter(({ operationType }) => operationType !== 'count')
    .map(({ operationType, sourceField: field }): [string, object] => [
      field,
      operationType === 'terms' ? { terms: { field } } : { date_histogram: { field, fixed_interval: '1h' } },
    ]);
  return {
    size: 0,
    track_total_hits: true,
    query:
      query === ''
        ? { match_all: {} }
        : { query_string: { query: query.replaceAll(' : ', ':').replaceAll(' or ', ' OR ') } },
    aggs: Object.fromEntries(aggs),
  };
}

test('accounts, templates, relay: every event is there once, and every panel of the dashboard shows some', async () => {
  const address = await plainNode();
  const simulator = await composeSimulator('simulator');
  const relay = await composeRelay('relay', simulator.address, { '127.0.0.1:9200': address });

  await makeAccounts(address);
  await makeAccounts(address);
  const kibana = composeService('kibana').environment ?? {};
  const by = {
    username: kibana['ELASTICSEARCH_USERNAME'] ?? '',
    password: kibana['ELASTICSEARCH_PASSWORD'] ?? '',
  };
  expect(await ask(`http://${address}/_security/_authenticate`, { by })).toMatchObject({ status: 200 });
  const admin = { ELASTICSEARCH_USERNAME: ADMIN.username, ELASTICSEARCH_PASSWORD: ADMIN.password };
  // The relay's own user may not do this.
  expect(await relay.command(['setup'])).toMatchObject({ code: 1 });
  expect(await relay.command(['setup'], admin)).toMatchObject({ code: 0 });
  expect(await relay.command(['doctor'])).toMatchObject({ code: 0 });

  const shown = await simulator.ids();
  expect(shown.length).toBeGreaterThanOrEqual(2_000);
  relay.run();
  await expect.poll(() => relay.health(), { timeout: 60_000 }).toBe(0);
  const wrong = async (): Promise<readonly string[]> => {
    const held = await copies(address);
    const known = new Set(await simulator.ids());
    const missing = shown.filter((id) => held.get(id) !== 1).map((id) => `${id}: ${held.get(id) ?? 0}`);
    return [...missing, ...[...held.keys()].filter((id) => !known.has(id)).map((id) => `${id} never was`)];
  };
  await expect.poll(wrong, { timeout: 120_000, interval: 1_000 }).toEqual([]);

  for (const panel of panels()) {
    const { status, answer } = await ask(`http://${address}/logs-openai.org_audit-*/_search`, {
      body: searchOf(panel),
    });
    expect([panel.title, status]).toEqual([panel.title, 200]);
    const { hits, aggregations = {} } = Object(answer);
    expect(hits.total.value, panel.title).toBeGreaterThan(0);
    const buckets = Object.values<{ readonly buckets: readonly unknown[] }>(aggregations);
    for (const { buckets: found } of buckets) expect(found.length, panel.title).toBeGreaterThan(0);
  }
});
