/**
 * What `docker-compose.yml` starts, as processes of this machine: the simulator with its own command, the relay with its
 * own configuration and health check. Only addresses and folders are others, as several runs share one machine.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { type Ended, type Running, run, start } from '../agent/command.ts';
import { type ComposeService, composeService, mountedFiles } from '../services/compose.ts';
import { freePorts } from '../services/ports.ts';

/** Texts of the configuration by what stands in their place here. */
export type Places = Readonly<Record<string, string>>;

const SIMULATOR = '127.0.0.1:8090';
const PAGE = '0.0.0.0:9464';
const JOURNAL = '/var/lib/audit-relay';

/** The simulator of a service, with its command; it ends with the test. */
export async function composeSimulator(name: string): Promise<{ readonly address: string; ids(): Promise<string[]> }> {
  const { command = [] } = composeService(name);
  const packageFile = createRequire(import.meta.url).resolve('@audit-relay/openai-simulator/package.json');
  const bin = join(packageFile, '../bin/openai-simulator.js');
  const child = spawn(process.execPath, [bin, ...placed(command, { '8090': '0' })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const [line = ''] = await once(createInterface({ input: child.stdout }), 'line');
  const address = /http:\/\/([\d.:]+)\/v1/.exec(line)?.[1] ?? '';
  return { address, ids: () => idsShown(address) };
}

/** Of all events that the API shows by now. */
async function idsShown(address: string): Promise<string[]> {
  const text = await (await fetch(`http://${address}/simulator/truth`)).text();
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    // As the simulator tells it.
    .map((line) => JSON.parse(line) as { readonly id: string; readonly visibleAtMs: number });
  return events.filter(({ visibleAtMs }) => visibleAtMs <= Date.now()).map(({ id }) => id);
}

export interface ComposeRelay {
  /** Its `environment`, with other values where the peer has others. */
  command(args: readonly string[], env?: Places): Promise<Ended>;
  /** Until the test ends. */
  run(env?: Places): Running;
  /** The exit code of its health check. */
  health(): Promise<number>;
}

/** The relay of a service, before a simulator, with `places` for the addresses of its peers. */
export async function composeRelay(name: string, simulator: string, places: Places): Promise<ComposeRelay> {
  const service = composeService(name);
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-compose-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const page = `127.0.0.1:${port}`;
  const [config] = mountedFiles(service);
  const all = { [SIMULATOR]: simulator, [PAGE]: page, [JOURNAL]: join(folder, 'journal'), ...places };
  const [text = ''] = placed([readFileSync(config?.from ?? '', 'utf8')], all);
  writeFileSync(join(folder, 'audit-relay.yaml'), text);
  const started = (args: readonly string[], env: Places): Parameters<typeof start>[0] => {
    return { args: [...args, '--config', 'audit-relay.yaml'], cwd: folder, env: { ...service.environment, ...env } };
  };
  return {
    command: (args, env = {}) => run(started(args, env)),
    run: (env = {}) => {
      const running = start(started(['run'], env));
      onTestFinished(async () => {
        running.child.kill('SIGKILL');
        await running.ended;
      });
      return running;
    },
    health: () => healthOf(service, page),
  };
}

/** `test` of a service's health check, where `node` is the one that runs this. */
function healthOf({ healthcheck }: ComposeService, page: string): Promise<number> {
  const [kind, node, ...args] = healthcheck?.test ?? [];
  if (kind !== 'CMD' || node !== 'node') throw new Error(`the image has no shell for ${kind} ${node}`);
  return new Promise((resolve) => {
    const child = execFile(process.execPath, placed(args, { '127.0.0.1:9464': page }), () =>
      resolve(child.exitCode ?? -1),
    );
  });
}

/** @throws Error for a place that is nowhere. */
function placed(texts: readonly string[], places: Places): string[] {
  return Object.entries(places).reduce<string[]>(
    (all, [from, to]) => {
      if (!all.some((text) => text.includes(from))) throw new Error(`nothing there names ${from}`);
      return all.map((text) => text.replaceAll(from, to));
    },
    [...texts],
  );
}
