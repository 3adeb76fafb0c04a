/** A running agent with a simulated API, for who looks at its status page: the browser's tests and the picture of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { killed } from '../agent/agents.ts';
import { type Running, start } from '../agent/command.ts';

export interface World {
  readonly url: string;
  readonly simulator: Simulator;
  /** Ends the agent as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Begins it again, under the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Of the port. */
  readonly token?: string;
  /** Lines of YAML below `sinks:`, instead of two files. */
  readonly sinks?: string;
  /** Events of the last hour, and how many come a second. */
  readonly events?: number;
  readonly rate?: number;
}

const FILES = `  archive: { type: file, path: ./archive.ndjson }
  lake: { type: file, path: ./lake.ndjson, format: ocsf, when: 'event.action != "logout.succeeded"' }
`;

export async function openWorld({ token, sinks = FILES, events = 400, rate = 20 }: WorldOptions = {}): Promise<World> {
  const simulator = await startSimulator({ events, rate, spanMs: 3_600_000, key: defaultKey });
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-status-page-'));
  const config = (listen: string): string => `# canary-comment
name: acme-relay
sources:
  acme: { type: openai, api_key: "\${OPENAI_ADMIN_KEY}", base_url: "${simulator.url}", poll_interval: 1s, backfill_start_time: 2020-01-01 }
journal: { path: ./data }
sinks:
${sinks}http: { listen: "${listen}"${token === undefined ? '' : `, token: "${token}"`} }
`;
  let running: Running | undefined;
  const begin = async (listen: string): Promise<string> => {
    writeFileSync(join(folder, 'audit-relay.yaml'), config(listen));
    running = start({ args: ['run'], cwd: folder, env: { OPENAI_ADMIN_KEY: defaultKey } });
    const [line = ''] = await running.seen(/^\{.*"STARTED".*$/m);
    return String(Object(JSON.parse(line)).url);
  };
  const kill = async (): Promise<void> => {
    if (running !== undefined) await killed(running);
    running = undefined;
  };
  const url = await begin('127.0.0.1:0');
  return {
    url,
    simulator,
    kill,
    restart: async () => {
      await begin(new URL(url).host);
    },
    close: async () => {
      await kill();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
