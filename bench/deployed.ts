/**
 * What the image takes where it runs: its files beyond Node itself; from the start of the process to a `/readyz` that says
 * yes; and memory and CPU while four sinks have nothing to do, each on the lines of Node that users have. Run from the
 * image's own tree, with the image's own options.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from './measure.ts';
import { cpuMsOf, type Memory, mb, memoryOf } from './process.ts';
import { withKafka, withPeer } from './servers.ts';
import { withSimulator } from './simulator.ts';

const LINES = ['20', '24', '26'];
const ROUNDS = 9;
const EVENTS = 500;
const IDLE_MS = 600_000;
/** After the events of the past are delivered, until it counts as idle. */
const SETTLE_MS = 60_000;
const LOOK_MS = 10_000;
const WORKSPACE = fileURLToPath(new URL('../..', import.meta.url));
/** The variables that the image sets. */
const IMAGE_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  (/^ENV (.*)$/m.exec(readFileSync(join(WORKSPACE, 'deploy/image/Dockerfile'), 'utf8'))?.[1] ?? '')
    .split(' ')
    .map((pair) => pair.split(/=(.*)/s, 2)),
);

/** Where things are for one bench. */
interface Installation {
  readonly folder: string;
  readonly bin: string;
  readonly api: string;
  readonly peer: string;
  readonly broker: string;
}

export async function deployed(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  try {
    const { bin, sizes } = tree(folder);
    const nodes = LINES.map((line) => ({ line, node: nodeOf(line, folder) }));
    const parts: string[] = [sizes];
    await withSimulator({ events: EVENTS, span: '1d' }, (api) =>
      withPeer((peer) =>
        withKafka(async (broker) => {
          const place = { folder, bin, api, peer, broker };
          const ready: string[] = [];
          for (const { node } of nodes) ready.push(await readyLine(node, place));
          parts.push(['ready: process start to /readyz, four sinks, medians of 9 (aim: 1 s)', ...ready].join('\n'));
          const idle = await Promise.all(nodes.map(({ node }) => idleLine(node, place)));
          parts.push(['idle: four sinks over ten minutes (aims: RSS 90 MB, CPU 1 % of a core)', ...idle].join('\n'));
        }),
      ),
    );
    return parts.join('\n\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds the image's files and lays them over each other. */
function tree(folder: string): { readonly bin: string; readonly sizes: string } {
  const out = join(folder, 'tree');
  const built = spawnSync(process.execPath, ['scripts/image-tree.mjs', '--out', out], { cwd: WORKSPACE });
  if (built.status !== 0) throw new Error(String(built.stderr));
  const layers = readdirSync(out).filter((layer) => layer !== 'simulator');
  const rows = layers.map((layer) => ({ layer, bytes: bytesOf(join(out, layer)) }));
  for (const { layer } of rows) cpSync(join(out, layer), join(folder, 'root'), { recursive: true });
  const sum = rows.reduce((total, { bytes }) => total + bytes, 0);
  const sizes = [
    'size: the files of the image beyond Node and its base, unpacked (aim: under 120 MB; without Datadog’s own client)',
    ...rows.map(({ layer, bytes }) => `  ${layer.padEnd(20)} ${mb(bytes)}`),
    `  ${'all'.padEnd(20)} ${mb(sum)}`,
  ].join('\n');
  return { bin: join(folder, 'root/app/node_modules/audit-relay/bin/audit-relay.js'), sizes };
}

function bytesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.reduce((sum, each) => sum + statSync(join(each.parentPath, each.name)).size, 0);
}

/** The newest of a line, from npm's package `node`; the one that runs this where it is of that line. */
function nodeOf(line: string, parent: string): string {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath;
  const folder = join(parent, `node-${line}`);
  mkdirSync(folder);
  const { status } = spawnSync('npm', ['install', '--silent', '--prefix', folder, `node@${line}`]);
  if (status !== 0) throw new Error(`no Node ${line}`);
  return join(folder, 'node_modules/node/bin/node');
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyMs: number;
  /** CPU time of the process until then, which what else the machine does changes less. */
  readonly cpuMs: number;
}

/** Starts an agent of its own in a folder of its own. */
async function started(node: string, { folder, bin, api, peer, broker }: Installation): Promise<Running> {
  const own = mkdtempSync(join(folder, 'agent-'));
  // Below the ports that Linux gives to outgoing connections.
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const config = {
    sources: { acme: { type: 'openai', api_key: 'sk-admin-simulator', base_url: api, backfill_start_time: '2d' } },
    journal: { path: join(own, 'journal') },
    sinks: {
      elasticsearch: { type: 'elasticsearch', nodes: [peer], mode: 'index', manage_template: false },
      splunk: { type: 'splunk-hec', url: peer, token: 'bench', indexer_ack: 'off' },
      datadog: { type: 'datadog', url: peer, api_key: '0123456789abcdef0123456789abcdef' },
      kafka: {
        type: 'kafka',
        brokers: [broker],
        topic: `idle-${port}`,
        create_topic: { partitions: 1, replication_factor: 1 },
      },
    },
    http: { listen: `127.0.0.1:${port}` },
    log: { level: 'error' },
  };
  writeFileSync(join(own, 'audit-relay.yaml'), JSON.stringify(config));
  const env = { PATH: process.env['PATH'], ...IMAGE_ENV };
  const made = spawnSync(node, [bin, 'setup', 'kafka', '--config', join(own, 'audit-relay.yaml')], { env });
  if (made.status !== 0) throw new Error(String(made.stderr) + String(made.stdout));
  const before = performance.now();
  const child = spawn(node, [bin, 'run', '--config', join(own, 'audit-relay.yaml')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`);
    await setTimeout(5);
  }
  return { child, url, readyMs: performance.now() - before, cpuMs: cpuMsOf(child.pid ?? 0) };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end({ child }: Running): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function readyLine(node: string, place: Installation): Promise<string> {
  const rounds: Running[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const running = await started(node, place);
    rounds.push(running);
    await end(running);
  }
  const ready = median(rounds.map(({ readyMs }) => readyMs)).toFixed(0);
  const cpu = median(rounds.map(({ cpuMs }) => cpuMs)).toFixed(0);
  return `  node ${versionOf(node).padEnd(9)} ${ready} ms, of them ${cpu} ms CPU`;
}

async function idleLine(node: string, place: Installation): Promise<string> {
  const running = await started(node, place);
  while (!(await isDelivered(running.url))) await setTimeout(1_000);
  await setTimeout(SETTLE_MS);
  const pid = running.child.pid ?? 0;
  const before = cpuMsOf(pid);
  const looks: Memory[] = [];
  for (let at = 0; at < IDLE_MS; at += LOOK_MS) {
    await setTimeout(LOOK_MS);
    looks.push(memoryOf(pid));
  }
  const share = (cpuMsOf(pid) - before) / IDLE_MS;
  await end(running);
  const most = Math.max(...looks.map(({ rss }) => rss));
  const rss = median(looks.map((look) => look.rss));
  const anon = median(looks.map((look) => look.anon));
  const text = `RSS ${mb(rss)} (most ${mb(most)}, of its own ${mb(anon)})   CPU ${(share * 100).toFixed(2)} %`;
  const floor = await nothingBut(node);
  return `  node ${versionOf(node).padEnd(9)} ${text}   node alone ${mb(floor.rss)} (of its own ${mb(floor.anon)})`;
}

/** A process that does nothing at all. */
async function nothingBut(node: string): Promise<Memory> {
  const child = spawn(node, ['--eval', 'setInterval(() => undefined, 1e9)'], { stdio: 'ignore' });
  await setTimeout(LOOK_MS);
  const memory = memoryOf(child.pid ?? 0);
  child.kill('SIGKILL');
  return memory;
}

/** Whether every sink has all there is, so that each has loaded and connected what it needs. */
async function isDelivered(url: string): Promise<boolean> {
  const { journal } = Object(await (await fetch(`${url}/status`)).json());
  const lanes: readonly { readonly behindEntries: number }[] = Object.values(journal.lanes);
  return journal.entries === EVENTS && lanes.every(({ behindEntries }) => behindEntries === 0);
}

function versionOf(node: string): string {
  return String(spawnSync(node, ['--version']).stdout).trim();
}
