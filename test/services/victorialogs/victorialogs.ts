/** VictoriaLogs, a receiver of Splunk's protocol that nobody here wrote, as a process of this machine; and what it holds. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goBinary } from '../go.ts';
import { freePorts } from '../ports.ts';
import { startServer } from '../server-process.ts';

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
  const stop = await startServer({
    name: 'VictoriaLogs',
    file,
    args: [...args, '-retentionPeriod=100y'],
    folder,
    ready: 'started server at',
  });
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
