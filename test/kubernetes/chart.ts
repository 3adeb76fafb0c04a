/** The chart as Helm renders it, and its objects by kind. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { WORKSPACE } from '../deploy/image-root.ts';
import { type Helm, KUBERNETES_VERSION } from '../services/kubernetes/helm.ts';

export const CHART: string = join(WORKSPACE, 'deploy/helm/audit-relay');
/** What a namespace is called in the tests. */
export const NAMESPACE = 'security';
const RELEASE = 'acme';

/** A manifest; what is read of it, tests say themselves. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  /** As JSON has it: Kubernetes' own server judges it. */
  readonly [key: string]: ReturnType<typeof JSON.parse>;
}

/** The modes in which people install it: `minimal-values.yaml` … */
export const MATRIX: readonly string[] = readdirSync(join(CHART, 'ci'));

export interface Order {
  /** One of `MATRIX`. */
  readonly values?: string;
  /** `--set` behind it. */
  readonly set?: readonly string[];
  /** Whether the cluster has the Prometheus operator's resources; default true. */
  readonly hasMonitoring?: boolean;
}

/** @throws Error with Helm's words. */
export async function rendered(helm: Helm, order: Order): Promise<readonly Manifest[]> {
  const text = await helm(['template', RELEASE, CHART, '--namespace', NAMESPACE, ...options(order)]);
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}

export function options({ values = 'minimal-values.yaml', set = [], hasMonitoring = true }: Order): readonly string[] {
  const named = ['--values', join(CHART, 'ci', values), '--kube-version', KUBERNETES_VERSION];
  const said = set.flatMap((pair) => ['--set', pair]);
  return [...named, ...said, ...(hasMonitoring ? ['--api-versions', 'monitoring.coreos.com/v1'] : [])];
}

/** The one of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind);
  const [first] = found;
  if (found.length !== 1 || first === undefined) throw new Error(`${found.length} of ${kind}`);
  return first;
}
