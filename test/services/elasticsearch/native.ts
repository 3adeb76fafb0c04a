/** A node as a process of this machine, with a folder of its own that a kill leaves and a stop removes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, serverAccount } from '../account.ts';
import { freePorts } from '../ports.ts';
import { untilReady } from '../server-process.ts';
import { type Distribution, distribution } from './distribution.ts';
import type { ElasticsearchNode, ElasticsearchOrder } from './order.ts';
import { CERTIFICATE, secure, securitySettings } from './security.ts';
import { makeWorkplace, type Settings } from './workplace.ts';

/** Resolves when the node answers: 10 to 20 s, and about 15 s more the first time on a machine. */
export async function startNative(order: ElasticsearchOrder): Promise<ElasticsearchNode> {
  const { version, settings = {}, isSecure = false } = order;
  const parts = await distribution(version);
  const account = await serverAccount();
  const [http = 0, transport = 0] = await freePorts(2);
  const folder = await makeWorkplace({
    home: parts.home,
    account,
    settings: { ...baseSettings(http, transport), ...(isSecure ? securitySettings : {}), ...settings },
    furnish: (config) => (isSecure ? secure(config, parts.java) : Promise.resolve()),
  });
  const node = new NativeNode({ parts, account, folder });
  const stop = async (): Promise<void> => {
    await node.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await node.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${http}`,
    ...(isSecure ? { caFile: join(folder, 'config', CERTIFICATE) } : {}),
    kill: () => node.kill(),
    restart: () => node.start(),
    stop,
  };
}

function baseSettings(http: number, transport: number): Settings {
  return {
    'cluster.name': 'audit-relay-test',
    'node.name': 'one',
    'network.host': '127.0.0.1',
    'http.port': http,
    'transport.port': transport,
    'discovery.type': 'single-node',
    // How full the disk of this machine is, is no matter of the tests.
    'cluster.routing.allocation.disk.threshold_enabled': false,
    'xpack.security.enabled': false,
  };
}

interface Parts {
  readonly parts: Distribution;
  readonly account: Account | undefined;
  readonly folder: string;
}

/** Two processes: a launcher that is our child, and the server that is the launcher's. */
class NativeNode {
  readonly #parts: Parts;
  #launcher: ChildProcess | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { parts, account, folder } = this.#parts;
    const launcher = spawn(join(parts.home, 'bin', 'elasticsearch'), ['--pidfile', this.#pidFile], {
      ...account,
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ES_JAVA_HOME: parts.java.home,
        ES_PATH_CONF: join(folder, 'config'),
        ES_TMPDIR: join(folder, 'temporary'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#launcher = launcher;
    // A killed server leaves its file, and its number may soon be another process's.
    launcher.once('exit', () => rmSync(this.#pidFile, { force: true }));
    process.once('exit', this.#killServer);
    await untilReady(launcher, { name: 'Elasticsearch', ready: '] started {' });
  }

  /** As a power cut would: SIGKILL to the server, which ends the launcher too. */
  async kill(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher === undefined) return;
    this.#killServer();
    const isRunning = launcher.pid !== undefined && launcher.exitCode === null && launcher.signalCode === null;
    if (isRunning) await once(launcher, 'exit');
    process.off('exit', this.#killServer);
    this.#launcher = undefined;
  }

  get #pidFile(): string {
    return join(this.#parts.folder, 'pid');
  }

  /** Also when the tests end early: nobody else would. */
  readonly #killServer = (): void => {
    try {
      process.kill(Number(readFileSync(this.#pidFile, 'utf8')), 'SIGKILL');
    } catch {
      this.#launcher?.kill('SIGKILL'); // it has not come so far as to start a server
    }
  };
}
