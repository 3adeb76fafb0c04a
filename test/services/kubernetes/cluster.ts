/**
 * A kube-apiserver and its etcd as processes of this machine, both built from their Go modules. What is not there: a
 * controller, a scheduler, a kubelet. So objects are judged and kept, and nothing runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { goBinary } from '../go.ts';
import { freePorts } from '../ports.ts';
import { KUBERNETES_VERSION, MODULES } from './helm.ts';

const ADMIN = 'token-of-the-admin';
/** May ask, and has no right to anything. */
const NOBODY = 'token-of-nobody';
const READY_MS = 120_000;

export interface Answer {
  readonly status: number;
  /** Kubernetes' own object; where it refuses, a Status with a message. */
  readonly body: { readonly message?: string } & Readonly<Record<string, unknown>>;
}

export interface Cluster {
  /** Of a client's configuration file, as the administrator. */
  readonly kubeconfig: string;
  ask(call: Call): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/v1/namespaces`. */
  readonly path: string;
  readonly body?: object;
  /** Default: the administrator. */
  readonly as?: 'admin' | 'nobody';
}

/** Resolves when it answers: seconds, and some minutes the first time on a machine. @throws Error where Go is missing. */
export async function startCluster(): Promise<Cluster> {
  const [etcd, server] = [await etcdFile(), await serverFile()];
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-kubernetes-'));
  const [client = 0, peer = 0, port = 0] = await freePorts(3);
  const started: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of started.reverse()) {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${client}`;
    const own = ['--data-dir', join(folder, 'etcd'), '--listen-peer-urls', `http://127.0.0.1:${peer}`];
    started.push(launch(etcd, [...own, '--listen-client-urls', url, '--advertise-client-urls', url]));
    started.push(launch(server, serverOptions({ folder, etcd: url, port })));
    const ask = (call: Call): Promise<Answer> => asked(port, call);
    await untilReady(ask, started);
    return { kubeconfig: kubeconfigFile(folder, port), ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdFile(): Promise<string> {
  const module = join(MODULES, 'etcd');
  return goBinary({ name: 'etcd-3.7.3', module, package: 'go.etcd.io/etcd/server/v3', file: 'etcd' });
}

function serverFile(): Promise<string> {
  const [major = '', minor = ''] = KUBERNETES_VERSION.split('.');
  const version = 'k8s.io/component-base/version';
  return goBinary({
    name: `apiserver-${KUBERNETES_VERSION}`,
    module: join(MODULES, 'apiserver'),
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    // Charts ask for it.
    variables: {
      [`${version}.gitVersion`]: `v${KUBERNETES_VERSION}`,
      [`${version}.gitMajor`]: major,
      [`${version}.gitMinor`]: minor,
    },
  });
}

/** Ends with this process. */
function launch(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

interface Place {
  readonly folder: string;
  readonly etcd: string;
  readonly port: number;
}

function serverOptions({ folder, etcd, port }: Place): readonly string[] {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const key = file('accounts.key', String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const pub = file('accounts.pub', String(publicKey.export({ type: 'spki', format: 'pem' })));
  const tokens = file('tokens.csv', `${ADMIN},admin,1,system:masters\n${NOBODY},nobody,2,nobodies\n`);
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${key}`,
    `--service-account-key-file=${pub}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--authorization-mode=RBAC',
    `--token-auth-file=${tokens}`,
    // Nobody makes a namespace's default account here.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ];
}

function kubeconfigFile(folder: string, port: number): string {
  const path = join(folder, 'kubeconfig');
  const cluster = { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'admin', user: { token: ADMIN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function asked(port: number, { method, path, body, as = 'admin' }: Call): Promise<Answer> {
  const token = as === 'admin' ? ADMIN : NOBODY;
  // Its certificate is one that it has made for itself, a moment ago, on this machine.
  const call = request({ host: '127.0.0.1', port, method, path, rejectUnauthorized: false });
  call.setHeader('authorization', `Bearer ${token}`).setHeader('content-type', 'application/json');
  call.end(body === undefined ? undefined : JSON.stringify(body));
  // `once` resolves with the event's arguments.
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const answer = await text(response);
  return { status: response.statusCode ?? 0, body: answer.startsWith('{') ? JSON.parse(answer) : { message: answer } };
}

async function untilReady(ask: (call: Call) => Promise<Answer>, started: readonly ChildProcess[]): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (started.some(({ exitCode }) => exitCode !== null)) throw new Error('etcd or kube-apiserver has ended');
    const status = await ask({ method: 'GET', path: '/readyz' }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await setTimeout(250);
  }
  throw new Error('kube-apiserver is not ready');
}
