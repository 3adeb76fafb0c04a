/**
 * The chart before a real kube-apiserver: each object passes its strict validation, the pod is admitted where Pod
 * Security `restricted` is enforced, each field that hardens it is needed for that, and no right is asked for.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { goModule } from '../services/go-module.ts';
import { type Answer, type Cluster, startCluster } from '../services/kubernetes/cluster.ts';
import { helm as builtHelm } from '../services/kubernetes/helm.ts';
import { needed } from '../services/needed.ts';
import { CHART, MATRIX, type Manifest, NAMESPACE, only, rendered } from './chart.ts';

const FIRST_TIME_MS = 2_400_000;
const OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const RESOURCES = ['servicemonitors', 'prometheusrules'];

const helm = needed({ name: 'Helm', get: builtHelm, firstTimeMs: FIRST_TIME_MS });
const cluster = needed({
  name: 'kube-apiserver',
  get: prepared,
  giveBack: ({ stop }) => stop(),
  firstTimeMs: FIRST_TIME_MS,
});

/** With a namespace that enforces `restricted`, and the Prometheus operator's resources. */
async function prepared(): Promise<Cluster> {
  const started = await startCluster();
  try {
    await prepare(started);
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function prepare(started: Cluster): Promise<void> {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
  await started.ask({ method: 'POST', path: '/api/v1/namespaces', body: namespace });
  const folder = join(await goModule(OPERATOR), 'example', 'prometheus-operator-crd');
  for (const resource of RESOURCES) {
    const body = parse(readFileSync(join(folder, `monitoring.coreos.com_${resource}.yaml`), 'utf8'));
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect(await started.ask({ method: 'POST', path, body })).toMatchObject({ status: 201 });
    // It is served some moments after it is taken.
    const list = `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/${resource}`;
    while ((await started.ask({ method: 'GET', path: list })).status !== 200) await setTimeout(100);
  }
}

const PLURALS: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' };

/** Asks the server to judge an object as strictly as it can, and to keep nothing. */
function judged(manifest: Manifest): Promise<Answer> {
  const { apiVersion, kind } = manifest;
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  const path = `${root}/namespaces/${NAMESPACE}/${plural}?fieldValidation=Strict&dryRun=All`;
  // One of the release's own objects is told where it belongs, one that the user brings may not be.
  const body = { ...manifest, metadata: { ...manifest.metadata, namespace: NAMESPACE } };
  return cluster().ask({ method: 'POST', path, body });
}

/** The pod that a controller would make of the template. */
function podOf(manifests: readonly Manifest[]): Manifest {
  const { template, volumeClaimTemplates = [] } = only(manifests, 'StatefulSet')['spec'];
  const claims = volumeClaimTemplates.map(({ metadata: { name } }: Manifest) => {
    return { name, persistentVolumeClaim: { claimName: `${name}-of-the-pod` } };
  });
  const spec = { ...template.spec, volumes: [...template.spec.volumes, ...claims] };
  return { ...template, apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: 'relay-0' }, spec };
}

describe.each(MATRIX)('%s', (values) => {
  test('each object passes strict validation', async () => {
    const manifests = await rendered(helm(), { values });
    expect(manifests.length).toBeGreaterThan(1);
    for (const manifest of manifests) {
      const { status, body } = await judged(manifest);
      expect({ kind: manifest.kind, status, message: body.message }).toEqual({ kind: manifest.kind, status: 201 });
    }
  });

  test('its pod is admitted where restricted is enforced', async () => {
    const { status, body } = await judged(podOf(await rendered(helm(), { values })));
    expect({ status, message: body.message }).toEqual({ status: 201 });
  });
});

test('a field that is misspelt is refused, so that the validation is a strict one', async () => {
  const stateful = only(await rendered(helm(), {}), 'StatefulSet');
  const { status, body } = await judged({ ...stateful, spec: { ...stateful['spec'], replica: 1 } });
  expect({ status, message: body.message }).toEqual({
    status: 400,
    message: expect.stringContaining('unknown field "spec.replica"'),
  });
});

describe('restricted refuses the pod', () => {
  test.each([
    ['podSecurityContext.runAsNonRoot=false', 'runAsNonRoot != true'],
    ['podSecurityContext.runAsNonRoot=null', 'runAsNonRoot != true'],
    ['podSecurityContext.runAsUser=0', 'runAsUser=0'],
    ['podSecurityContext.seccompProfile=null', 'seccompProfile'],
    ['securityContext.allowPrivilegeEscalation=null', 'allowPrivilegeEscalation != false'],
    ['securityContext.capabilities=null', 'unrestricted capabilities'],
    ['securityContext.capabilities.add[0]=NET_ADMIN', 'unrestricted capabilities'],
    ['extraVolumes[0].name=host,extraVolumes[0].hostPath.path=/', 'hostPath'],
  ])('with %s', async (pair, words) => {
    const { status, body } = await judged(podOf(await rendered(helm(), { set: [pair] })));
    expect({ status, message: body.message }).toEqual({ status: 403, message: expect.stringContaining(words) });
  });
});

test('the pod of helm test is admitted too', async () => {
  const { status, body } = await judged(only(await rendered(helm(), {}), 'Pod'));
  expect({ status, message: body.message }).toEqual({ status: 201 });
});

test('the relay needs no right: its account has none, and no token of it is in the pod', async () => {
  const manifests = await rendered(helm(), {});
  const { spec } = podOf(manifests);
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(JSON.stringify(spec.volumes)).not.toContain('serviceAccountToken');
  const asking = { method: 'GET', path: `/api/v1/namespaces/${NAMESPACE}/secrets`, as: 'nobody' } as const;
  expect(await cluster().ask(asking)).toMatchObject({ status: 403 });
});

describe('helm', () => {
  const install = (command: string, ...set: readonly string[]): Promise<string> => {
    const values = ['--values', join(CHART, 'ci/minimal-values.yaml'), ...set.flatMap((pair) => ['--set', pair])];
    return helm()([command, 'real', CHART, '--namespace', NAMESPACE, ...values], { KUBECONFIG: cluster().kubeconfig });
  };

  test('installs, says what to look at, upgrades, and refuses a new size with the way to it', async () => {
    const notes = await install('install');
    expect(notes).toContain(`kubectl --namespace ${NAMESPACE} rollout status statefulset/real-audit-relay`);
    expect(notes).toContain(`helm test --namespace ${NAMESPACE} real --logs`);
    expect(notes).toContain('set config.journal.create to never');
    await expect(install('upgrade', 'config.journal.create=never')).resolves.not.toContain(
      'config.journal.create to never',
    );
    await expect(install('upgrade', 'persistence.size=8Gi')).rejects.toThrow(
      /persistence\.size is 4Gi in this release.*KUBERNETES\.md/s,
    );
  });
});
