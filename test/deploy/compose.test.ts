/**
 * `docker-compose.yml` where nobody can start it: the compose specification's own loader reads it, everything that it names
 * is there, each service waits for what it needs, and what runs in the relay's image is run here as it stands.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../services/command.ts';
import { COMPOSE_FILE, composeFile, composeService, mountedFiles } from '../services/compose.ts';
import { composeSpec } from '../services/compose-spec/compose-spec.ts';
import { needed } from '../services/needed.ts';
import { promtool } from '../services/prometheus/prometheus.ts';
import { composeRelay, composeSimulator } from './compose-world.ts';
import { DOCKERFILE, WORKSPACE } from './image-root.ts';

const { services, volumes } = composeFile();
const all = Object.entries(services);
const RELAYS = ['relay', 'relay-kafka', 'relay-splunk'];
const ONCE = ['elasticsearch-accounts', 'elasticsearch-templates', 'kibana-dashboard', 'kafka-topic'];

/** Whose network it has. */
const hostOf = (name: string): string => services[name]?.network_mode?.replace('service:', '') ?? name;
const filesOf = (name: string): string[] => mountedFiles(composeService(name)).map(({ from }) => from);

test('what starts without a word, and what each profile adds', () => {
  const startedBy = (profile?: string): readonly string[] =>
    all.filter(([, { profiles }]) => profiles?.join() === profile).map(([name]) => name);
  const profiles = new Set(all.flatMap(([, { profiles: own = [] }]) => own));
  const added = Object.fromEntries([...profiles].map((profile) => [profile, startedBy(profile)]));
  expect({ always: startedBy(), ...added }).toEqual({
    always: [
      'elasticsearch',
      'elasticsearch-accounts',
      'elasticsearch-templates',
      'simulator',
      'relay',
      'kibana',
      'kibana-dashboard',
    ],
    kafka: ['kafka', 'kafka-topic', 'simulator-kafka', 'relay-kafka'],
    splunk: ['splunk', 'simulator-splunk', 'relay-splunk'],
    grafana: ['prometheus', 'grafana'],
  });
});

describe('the compose specification', () => {
  const loader = needed({ name: 'compose-spec', get: composeSpec });

  test('takes the file: schema, merges, variables', async () => {
    const model = JSON.parse(await runCommand({ file: loader(), args: ['-format', 'json', COMPOSE_FILE] }));
    expect(Object.keys(model.services).toSorted()).toEqual(Object.keys(services).toSorted());
  });

  test.each([
    ['a key that is none', (file: string) => file.replace('    depends_on:', '    depend_on:')],
    ['a value that is none', (file: string) => file.replace('read_only: true', 'read_only: {}')],
  ])('refuses %s', async (_, broken) => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-relay-compose-spec-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const changed = broken(readFileSync(COMPOSE_FILE, 'utf8'));
    writeFileSync(join(folder, 'docker-compose.yml'), changed);
    const asked = runCommand({ file: loader(), args: [join(folder, 'docker-compose.yml')] });
    await expect(asked).rejects.toThrow(/depend_on|read_only/);
  });

  test('Docker’s own command takes it, where there is one', async ({ skip }) => {
    skip(!hasCompose(), 'no docker compose on this machine');
    const args = ['compose', '--profile', '*', 'config', '--quiet'];
    await expect(runCommand({ file: 'docker', args, cwd: WORKSPACE })).resolves.toBe('');
  });
});

function hasCompose(): boolean {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.each(all)('%s', (name, service) => {
  test('is of a named version, or built here', () => {
    if (service.build === undefined) expect(service.image).toMatch(/^[a-z0-9./-]+:v?\d+(\.\d+)+$/);
    else {
      expect(service.build.dockerfile).toBe('deploy/image/Dockerfile');
      expect(readFileSync(DOCKERFILE, 'utf8')).toMatch(new RegExp(`^FROM \\S+ AS ${service.build.target}$`, 'm'));
    }
  });

  test('is open to this machine alone', () => {
    expect((service.ports ?? []).filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  test('has texts for variables', () => {
    expect(Object.values(service.environment ?? {}).filter((value) => typeof value !== 'string')).toEqual([]);
  });

  test('mounts files that are there, and cannot write them', () => {
    for (const { from, mode } of mountedFiles(service)) {
      expect(statSync(from).isFile(), from).toBe(true);
      expect(mode, from).toBe('ro');
    }
    const named = (service.volumes ?? []).filter((volume) => !volume.startsWith('.')).map((each) => each.split(':')[0]);
    expect(named.filter((volume = '') => !(volume in volumes))).toEqual([]);
  });

  test('waits for an end where there will be one, and for health where it can be asked', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const isOnce = ONCE.includes(other);
      expect(Object.keys(services)).toContain(other);
      expect([other, condition]).toEqual([other, isOnce ? 'service_completed_successfully' : 'service_healthy']);
      // Splunk's image brings its own.
      if (!isOnce && other !== 'splunk') expect(services[other]?.healthcheck?.test, other).toBeDefined();
    }
  });

  test('starts only what its own profile has, or what always starts', () => {
    const needs = [...Object.keys(service.depends_on ?? {}), hostOf(name)].filter((other) => other !== name);
    const profiles = needs.flatMap((other) => services[other]?.profiles ?? []);
    expect(profiles.filter((profile) => !(service.profiles ?? []).includes(profile))).toEqual([]);
  });
});

test('every file of deploy/compose is mounted somewhere', () => {
  const mounted = all.flatMap(([name]) => filesOf(name));
  const folder = join(WORKSPACE, 'deploy/compose');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(files.map((each) => join(each.parentPath, each.name)).filter((file) => !mounted.includes(file))).toEqual([]);
});

describe('what is the project’s own', () => {
  const ours = all.filter(([, { build }]) => build !== undefined);

  test.each(ours)('%s runs without rights on a root that it cannot write', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });

  test.each(RELAYS)(
    '%s has its simulator and its peer on its own loopback, and begins anew with their network',
    (name) => {
      const host = hostOf(name);
      expect(host).not.toBe(name);
      expect(hostOf(name.replace('relay', 'simulator'))).toBe(host);
      expect(services[name]?.depends_on?.[host]).toEqual({ condition: 'service_healthy', restart: true });
      const config = readFileSync(filesOf(name)[0] ?? '', 'utf8');
      const port = services[name.replace('relay', 'simulator')]?.command?.[1];
      expect(parse(config).sources.trial.base_url).toBe(`http://127.0.0.1:${port}/v1`);
      expect(config).not.toMatch(/http:\/\/(?!127\.0\.0\.1:)/);
      // Its page is told to this machine by whose network it has.
      expect((services[host]?.ports ?? []).filter((each) => each.endsWith(':9464'))).toHaveLength(1);
      expect(services[host]?.networks?.['default']?.aliases).toEqual([name]);
    },
  );

  test('no two ports of this machine are one', () => {
    const taken = all.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(taken).size).toBe(taken.length);
  });

  test.each(RELAYS)('the health check of %s fails where nobody answers', async (name) => {
    const { health } = await composeRelay(name, '127.0.0.1:9', {});
    expect(await health()).toBe(1);
  });

  test('the simulator’s command is one, and its health check finds it', async () => {
    const { address } = await composeSimulator('simulator');
    const [, , ...args] = services['simulator']?.healthcheck?.test ?? [];
    const asked = args.map((word) => word.replace('127.0.0.1:8090', address));
    await expect(runCommand({ file: process.execPath, args: asked })).resolves.toBe('');
    const wrong = args.map((word) => word.replace('127.0.0.1:8090', '127.0.0.1:9'));
    await expect(runCommand({ file: process.execPath, args: wrong })).rejects.toThrow();
  });
});

test('the relay’s role at Elasticsearch is the one that the sink’s page asks for', () => {
  const page = readFileSync(join(WORKSPACE, 'packages/sink-elasticsearch/README.md'), 'utf8');
  const body = JSON.parse(/```json\n(\{\n {2}"name": "audit-relay",[\s\S]*?)```/.exec(page)?.[1] ?? '{}');
  const role = JSON.parse(readFileSync(join(WORKSPACE, 'deploy/compose/elasticsearch-role.json'), 'utf8'));
  expect(role).toEqual(body.role_descriptors['audit-relay']);
});

describe('Kibana’s objects', () => {
  const folder = join(WORKSPACE, 'deploy/compose');
  const [script = '', objects = ''] = filesOf('kibana-dashboard');

  /** Runs the one-shot before a Kibana that says this. */
  async function imported(
    answer: object,
    status = 200,
  ): Promise<{ readonly said: Promise<string>; readonly got: string[] }> {
    const got: string[] = [];
    const server: Server = createServer((request, response) => {
      const { method, url, headers } = request;
      got.push(`${method} ${url} ${String(headers['kbn-xsrf'])} ${headers.authorization}`);
      const replied = text(request).then((body) => {
        got.push(body);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
      replied.catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const place = mkdtempSync(join(tmpdir(), 'audit-relay-compose-kibana-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    for (const { from, to } of mountedFiles(composeService('kibana-dashboard')))
      writeFileSync(join(place, to.replace('/deploy/', '')), readFileSync(from));
    // A server that listens on a port has an address with one.
    const KIBANA_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { ...composeService('kibana-dashboard').environment, KIBANA_URL };
    const { entrypoint: [bash = '', path = ''] = [] } = composeService('kibana-dashboard');
    return { said: runCommand({ file: bash, args: [path.replace('/deploy', place)], env }), got };
  }

  test('are sent whole, by who may', async () => {
    const { said, got } = await imported({ success: true, successCount: 14 });
    await expect(said).resolves.toContain('"successCount":14');
    const by = Buffer.from('elastic:of-a-trial-elastic').toString('base64');
    expect(got[0]).toBe(`POST /api/saved_objects/_import?overwrite=true true Basic ${by}`);
    expect(got[1]).toContain(readFileSync(objects, 'utf8'));
    expect(got[1]).toContain('filename="audit-relay.ndjson"');
  });

  test.each([
    ['some are refused', { success: false, errors: [{ id: 'x' }] }, 200],
    ['Kibana refuses', { statusCode: 401, error: 'Unauthorized' }, 401],
  ])('are a failure where %s', async (_, answer, status) => {
    const { said } = await imported(answer, status);
    await expect(said).rejects.toThrow();
  });

  test('are those of the sink’s package, and the address in the comment is the dashboard’s', () => {
    expect(script).toBe(join(folder, 'kibana-dashboard.sh'));
    const ids = readFileSync(objects, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'dashboard');
    expect(ids).toHaveLength(1);
    expect(readFileSync(COMPOSE_FILE, 'utf8')).toContain(`/app/dashboards#/view/${ids[0]?.id} `);
  });
});

describe('Prometheus and Grafana', () => {
  const tool = needed({ name: 'promtool', get: promtool });

  test('Prometheus takes its configuration, with the rules', async () => {
    const place = mkdtempSync(join(tmpdir(), 'audit-relay-compose-prometheus-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    for (const { from, to } of mountedFiles(composeService('prometheus'))) {
      const own = readFileSync(from, 'utf8').replaceAll('/etc/prometheus', place);
      writeFileSync(join(place, to.replace('/etc/prometheus/', '')), own);
    }
    const said = await runCommand({ file: tool(), args: ['check', 'config', join(place, 'prometheus.yml')] });
    expect(said).toMatch(/1 rule files? found/);
    expect(said).toMatch(/\d+ rules found/);
  });

  test('it looks for every relay by the name that it has in the network', () => {
    const { scrape_configs } = parse(readFileSync(filesOf('prometheus')[0] ?? '', 'utf8'));
    expect(scrape_configs[0].dns_sd_configs[0].names).toEqual(RELAYS);
    // Which the alert rules expect.
    expect(scrape_configs[0].job_name).toMatch(/audit-relay/);
  });

  test('Grafana has Prometheus, and the dashboard where it looks for dashboards', () => {
    const [sources = '', dashboards = ''] = filesOf('grafana').map((file) => readFileSync(file, 'utf8'));
    expect(parse(sources).datasources).toMatchObject([
      { type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
    ]);
    const { to = '' } = mountedFiles(composeService('grafana')).find(({ from }) => from.endsWith('.json')) ?? {};
    expect(join(to, '..')).toBe(parse(dashboards).providers[0].options.path);
    expect(composeService('grafana').environment).toMatchObject({ GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: to });
  });
});
