/** What the chart renders, and what it refuses to, by Helm itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../agent/command.ts';
import { WORKSPACE } from '../deploy/image-root.ts';
import { helm as builtHelm } from '../services/kubernetes/helm.ts';
import { needed } from '../services/needed.ts';
import { CHART, MATRIX, type Manifest, type Order, only, options, rendered } from './chart.ts';

const helm = needed({ name: 'Helm', get: builtHelm, firstTimeMs: 1_800_000 });

const render = (order: Order): Promise<readonly Manifest[]> => rendered(helm(), order);
const relayOf = (manifests: readonly Manifest[]) => only(manifests, 'StatefulSet')['spec'].template;
/** Of what was thrown. */
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
const set = (...pairs: readonly string[]): Order => ({ set: pairs });

describe.each(MATRIX)('%s', (values) => {
  test('passes helm lint --strict', async () => {
    await expect(helm()(['lint', '--strict', CHART, '--values', join(CHART, 'ci', values)])).resolves.toContain(
      '0 chart(s) failed',
    );
  });

  test('has labels on every object, and the namespace of the release', async () => {
    for (const { metadata, kind } of (await render({ values })).filter(({ metadata: { name } }) => name !== 'beside')) {
      const { labels, namespace } = Object(metadata);
      expect({ kind, namespace }).toEqual({ kind, namespace: 'security' });
      expect(labels).toMatchObject({ 'app.kubernetes.io/name': 'audit-relay', 'app.kubernetes.io/instance': 'acme' });
    }
  });

  test('never lets two pods run, and asks for no right', async () => {
    const manifests = await render({ values });
    const kinds = new Set(manifests.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => /Deployment|DaemonSet|Role|Autoscaler/.test(kind))).toEqual([]);
    expect(only(manifests, 'StatefulSet')['spec'].replicas).toBeLessThanOrEqual(1);
    expect(relayOf(manifests).spec.automountServiceAccountToken).toBe(false);
  });

  test('ends the relay after its drain, and asks it alone whether it is well', async () => {
    const { spec } = relayOf(await render({ values }));
    const [{ args, startupProbe, livenessProbe, readinessProbe }] = spec.containers;
    const drain = Number(/^--grace=(\d+)s$/.exec(args.find((one: string) => one.startsWith('--grace')))?.[1]);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(drain + 15);
    for (const probe of [startupProbe, livenessProbe]) expect(probe.httpGet.path).toBe('/livez');
    expect(readinessProbe.httpGet.path).toBe('/readyz');
  });

  test('mounts folders and no single file, which Kubernetes would never update', async () => {
    const [{ volumeMounts }] = relayOf(await render({ values })).spec.containers;
    expect(volumeMounts.filter((mount: object) => 'subPath' in mount)).toEqual([]);
  });
});

describe('the configuration', () => {
  test.each(MATRIX.filter((values) => values !== 'existing-values.yaml'))(
    'of %s is one that the relay takes',
    async (values) => {
      const folder = mkdtempSync(join(tmpdir(), 'audit-relay-chart-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const manifests = await render({ values });
      const configMap = manifests.find(({ kind, data }) => kind === 'ConfigMap' && 'audit-relay.yaml' in data);
      const text: string = configMap?.['data']['audit-relay.yaml'];
      // The files of the pod, here.
      const secrets = [...text.matchAll(/\/var\/run\/secrets\/audit-relay\/([\w.-]+)/g)];
      for (const [, name = ''] of secrets)
        writeFileSync(join(folder, name), name.endsWith('.crt') ? '' : `secret-of-${name}-0000`);
      const here = text
        .replaceAll('/var/run/secrets/audit-relay/', `${folder}/`)
        .replace(/tls:\n\s+ca_file: .*/, 'tls: {}');
      writeFileSync(join(folder, 'audit-relay.yaml'), here);
      const env = { OPENAI_ADMIN_KEY: 'sk-admin-0000' };
      const { code, talk } = await run({ args: ['validate'], cwd: folder, env });
      expect({ code, talk }).toEqual({ code: 0, talk: expect.not.stringContaining('error') });
    },
  );

  test('restarts the pod when it changes, and a secret does not', async () => {
    const annotations = async (order: Order) => relayOf(await render(order)).metadata.annotations;
    const plain = await annotations({});
    expect((await annotations({}))['checksum/config']).toBe(plain['checksum/config']);
    expect((await annotations(set('config.name=other')))['checksum/config']).not.toBe(plain['checksum/config']);
    const secret = ['secret.create=true', 'secret.data.key=one'];
    const other = ['secret.create=true', 'secret.data.key=two'];
    expect(await annotations(set(...secret))).toEqual(await annotations(set(...other)));
    const roll = 'secret.rollOnChange=true';
    const [one, two] = [await annotations(set(...secret, roll)), await annotations(set(...other, roll))];
    expect(one['checksum/secret']).not.toBe(two['checksum/secret']);
    expect(one['checksum/config']).toBe(two['checksum/config']);
  });

  test('gives way to a token where there is one', async () => {
    const manifests = await render({ values: 'every-sink-values.yaml' });
    const configMap = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'acme-audit-relay',
    );
    const text: string = configMap?.['data']['audit-relay.yaml'];
    expect(parse(text).http).toEqual({
      listen: '0.0.0.0:9464',
      token: '${file:/var/run/secrets/audit-relay/http_token}',
    });
  });
});

describe('is refused, with what to do:', () => {
  test.each([
    ['a typo in a value', ['replicas=2'], /additional properties 'replicas' not allowed/],
    ['a typo deep in a value', ['persistence.sise=2Gi'], /'\/persistence': additional properties 'sise'/],
    [
      'a typo in the configuration',
      ['config.sources.acme.poll_intervall=3s'],
      /'\/config\/sources\/acme': additional properties 'poll_intervall'/,
    ],
    ['a value of another kind', ['config.sources.acme.dialect=other'], /'\/config\/sources\/acme\/dialect'/],
    ['no sink', ['config.sinks.archive=null'], /'\/config.*sinks/],
    ['two replicas', ['replicaCount=2'], /replicaCount is 1, or 0 to stop/],
    [
      'a grace within the drain',
      ['drainSeconds=46'],
      /terminationGracePeriodSeconds must be at least drainSeconds \+ 15 \(61\)/,
    ],
    ['a port that no probe reaches', ['config.http.listen=127.0.0.1:9464'], /config.http.listen is on loopback/],
    ['a journal beside the volume', ['config.journal.path=/tmp/journal'], /config.journal.path must be a folder in/],
    ['a budget that lets no node drain', ['podDisruptionBudget.maxUnavailable=0'], /maxUnavailable/],
    ['a volume that two nodes share', ['persistence.accessModes[0]=ReadWriteMany'], /accessModes/],
  ])('%s', async (_, pairs, words) => {
    await expect(render(set(...pairs))).rejects.toThrow(words);
  });

  test('a secret in plain text, which is not repeated', async () => {
    const pairs = ['config.sources.acme.api_key=sk-admin-that-nobody-may-see'];
    const error = await render(set(...pairs)).then(() => '', messageOf);
    expect(error).toContain('config.sources.acme.api_key stands in plain text');
    expect(error).not.toContain('nobody-may-see');
  });

  test('an older Kubernetes', async () => {
    const args = ['template', 'acme', CHART, ...options({}), '--kube-version', '1.26.0'];
    await expect(helm()(args)).rejects.toThrow(/requires kubeVersion: >=1\.27/);
  });
});

describe('the network policy', () => {
  test.each([
    ['minimal-values.yaml', [443]],
    ['every-sink-values.yaml', [443, 8088, 9093, 9094, 9200, 9243]],
    ['placed-values.yaml', [443, 3128, 8443]],
  ])('of %s lets out to DNS and %j alone', async (values, ports) => {
    const [dns, peers] = only(await render({ values }), 'NetworkPolicy')['spec'].egress;
    expect(dns.ports).toEqual([
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ]);
    expect(
      peers.ports.map(({ port }: { readonly port: number }) => port).toSorted((a: number, b: number) => a - b),
    ).toEqual(ports);
  });

  test('lets in to the metrics alone', async () => {
    const { ingress } = only(await render({}), 'NetworkPolicy')['spec'];
    expect(ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 'metrics' }] }]);
  });
});

describe('what is placed', () => {
  test('goes to the relay and to the pod of helm test alike', async () => {
    const manifests = await render({ values: 'placed-values.yaml' });
    const [relay, doctor] = [relayOf(manifests), only(manifests, 'Pod')];
    const same = ['hostAliases', 'dnsPolicy', 'dnsConfig', 'schedulerName', 'imagePullSecrets', 'initContainers'];
    for (const key of same) expect({ key, is: doctor['spec'][key] }).toEqual({ key, is: relay.spec[key] });
    expect(relay.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(relay.spec.hostAliases).toEqual([{ ip: '192.0.2.10', hostnames: ['siem.example.com'] }]);
    expect(only(manifests, 'StatefulSet')['spec'].revisionHistoryLimit).toBe(3);
  });

  test('with labels and annotations, and what the pod of helm test alone has', async () => {
    const { metadata } = only(await render({ values: 'placed-values.yaml' }), 'Pod');
    expect(metadata).toMatchObject({
      labels: { 'example.com/tier': 'agents', 'app.kubernetes.io/component': 'doctor' },
      annotations: { 'example.com/owner': 'platform', 'sidecar.istio.io/inject': 'false', 'helm.sh/hook': 'test' },
    });
  });

  test('names in objects of the user’s own are filled in', async () => {
    const manifests = await render({ values: 'placed-values.yaml' });
    const beside = manifests.find(({ metadata }) => metadata.name === 'beside');
    expect(beside?.['data']).toEqual({ release: 'acme' });
  });
});

test('the dashboard is a ConfigMap that Grafana’s sidecar finds, and as it is', async () => {
  const manifests = await render({ values: 'every-sink-values.yaml' });
  const map = manifests.find(({ metadata }) => metadata.name === 'acme-audit-relay-dashboard');
  expect(map?.metadata).toMatchObject({
    labels: { grafana_dashboard: '1' },
    annotations: { grafana_folder: 'Security' },
  });
  const ours = readFileSync(join(WORKSPACE, 'deploy/grafana/audit-relay.json'), 'utf8');
  expect(JSON.parse(map?.['data']['audit-relay.json'])).toEqual(JSON.parse(ours));
  expect((await render({})).filter(({ metadata }) => metadata.name.endsWith('-dashboard'))).toEqual([]);
});

test('the heap is bounded at three quarters of the memory', async () => {
  const optionsWith = async (limit: string) => {
    const [{ env }] = relayOf(await render(set(`resources.limits.memory=${limit}`))).spec.containers;
    return env[0].value;
  };
  expect(await optionsWith('512Mi')).toBe('--max-semi-space-size=4 --max-old-space-size=384');
  expect(await optionsWith('2Gi')).toBe('--max-semi-space-size=4 --max-old-space-size=1536');
  expect(await optionsWith('1G')).toBe('--max-semi-space-size=4 --max-old-space-size=715');
});

test('nothing of the Prometheus operator is made where the cluster has none of it', async () => {
  const kinds = (await render({ values: 'every-sink-values.yaml', hasMonitoring: false })).map(({ kind }) => kind);
  expect(kinds.filter((kind) => /ServiceMonitor|PrometheusRule/.test(kind))).toEqual([]);
});

test('every value is described, in a comment that begins with its name', () => {
  const text = readFileSync(join(CHART, 'values.yaml'), 'utf8');
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
  const values: Readonly<Record<string, unknown>> = parse(text);
  expect(Object.keys(values).toSorted()).toEqual(
    Object.keys(schema.properties)
      .filter((key) => key !== 'global')
      .toSorted(),
  );
  const inside = (key: string): readonly string[] => Object.keys(Object(Object(schema.properties[key]).properties));
  for (const key of Object.keys(values)) {
    for (const child of inside(key)) expect(Object.keys(Object(values[key])), key).toContain(child);
    const said =
      new RegExp(`^ *# (.*, )?(.* and )?${key}\\b`, 'm').test(text) ||
      inside(key).every((child) => text.includes(`# ${key}.${child}`) || text.includes(` and ${child}`));
    expect(said, key).toBe(true);
  }
});
