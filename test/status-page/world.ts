/** A running agent with a simulated API, for who looks at its status page: the browser's tests and the picture of it. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { killed } from '../agent/agents.ts';
import { type Running, start } from '../agent/command.ts';

export interface World {
  readonly url: string;
  readonly simulator: Simulator;
  /** Puts a line into the configuration that no agent takes. */
  spoil(): void;
  /** Ends the agent as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Begins it again, under the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Of the port. */
  readonly token?: string;
  /** Events of the last hour, and how many come a second. */
  readonly events?: number;
  readonly rate?: number;
}

/** Refuses, for good, what concerns keys; and says in its configuration a secret that nobody may see. */
const PICKY = `
import { z } from '${pathToFileURL(createRequire(import.meta.url).resolve('zod')).href}';
export const picky = {
  type: 'picky',
  configSchema: z.strictObject({ hook: z.string(), token: z.string() }),
  limits: () => ({ maxEvents: 100, maxBytes: 1e6, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 5000 }),
  open: async () => ({
    send: async ({ envelopes }) => {
      const failure = { kind: 'rejected', reason: 'HTTP 400: field target.key is too long' };
      const failures = envelopes.flatMap(({ type }, index) => (type.startsWith('api_key.') ? [{ index, failure }] : []));
      return failures.length === 0 ? { kind: 'acked' } : { kind: 'partial', acked: envelopes.length - failures.length, failures };
    },
    check: async () => [],
    close: async () => {},
  }),
};
`;

function configuration(url: string, listen: string, token: string | undefined): string {
  const http = { listen, ...(token === undefined ? {} : { token }) };
  return `# canary in a comment
name: acme-relay
sources:
  acme:
    type: openai
    api_key: \${OPENAI_ADMIN_KEY}
    base_url: ${url}
    poll_interval: 1s
    backfill_start_time: 2020-01-01
journal: { path: ./data }
sinks:
  archive: { type: file, path: ./archive.ndjson }
  lake: { type: file, path: ./lake.ndjson, format: ocsf, when: 'event.action != "logout.succeeded"' }
  tickets: { type: ./picky.mjs, hook: "https://tickets.example.com/canary-hook", token: canary-token }
  siem: { type: splunk-hec, url: "http://127.0.0.1:9", token: canary-token, index: security }
http: ${JSON.stringify(http)}
`;
}

export async function openWorld({ token, events = 400, rate = 20 }: WorldOptions = {}): Promise<World> {
  const simulator = await startSimulator({ events, rate, spanMs: 3_600_000, key: defaultKey });
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-status-page-'));
  writeFileSync(join(folder, 'picky.mjs'), PICKY);
  let running: Running | undefined;
  const begin = async (listen: string): Promise<string> => {
    writeFileSync(join(folder, 'audit-relay.yaml'), configuration(simulator.url, listen, token));
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
    spoil: () => appendFileSync(join(folder, 'audit-relay.yaml'), 'sinkz: {}\n'),
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
