/** VictoriaLogs, a receiver of Splunk's protocol that nobody here wrote, as a process of this machine; and what it holds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { goBinary } from '../go.ts';
import { freePorts } from '../ports.ts';

const VERSION = '1.52.2';
// Compiled, this file stands in `test/dist`; the module has stayed where it is.
const MODULE = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/', '/');

export interface VictoriaLogs {
  readonly url: string;
  /** The answer to a query of its own language, LogsQL: one object a row, each value a text. */
  query(logsql: string): Promise<readonly Readonly<Record<string, string>>[]>;
  stop(): Promise<void>;
}

/** Resolves when it answers: a second, and some minutes the first time on a machine, when it is built. */
export async function startVictoriaLogs(): Promise<VictoriaLogs> {
  const file = await goBinary({
    name: `victorialogs-${VERSION}`,
    module: MODULE,
    package: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
  });
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-victorialogs-'));
  const args = [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`];
  // It drops what is older than that, which is a week unless it is told otherwise, and still says yes.
  const server = spawn(file, [...args, '-retentionPeriod=100y'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): boolean => server.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (server.exitCode === null && server.signalCode === null && kill()) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilStarted(server);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  return { url, query: (logsql) => ask(url, logsql), stop };
}

async function ask(url: string, query: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const response = await fetch(`${url}/select/logsql/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${query}: ${response.status} ${text.slice(0, 500)}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The line that it writes when it answers requests; its last words when it ends before. */
async function untilStarted(server: ChildProcess): Promise<void> {
  if (server.stderr === null) throw new Error('spawned without a pipe');
  const words: string[] = [];
  const lines = createInterface({ input: server.stderr });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      words.splice(0, words.length - 30);
      words.push(line);
      if (line.includes('started server at')) resolve();
    });
    server.once('error', reject);
    server.once('close', () => reject(new Error(`VictoriaLogs ended before it answered:\n${words.join('\n')}`)));
  });
}
