/** The agent of a soak: the built command with four sinks, in a process and a folder of its own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultKey } from '@audit-relay/openai-simulator';
import { start } from '../agent/command.ts';
import type { Lived } from './heap-probe.ts';
import type { Peer } from './http-peer.ts';
import { TOPIC } from './kafka-peer.ts';
import { ANSWER_MS, type Measured } from './measured.ts';

export type Peers = Readonly<Record<'elasticsearch' | 'splunk' | 'datadog', Peer>> & { readonly kafka?: Peer };

export interface AgentOrder {
  readonly apiUrl: string;
  readonly peers: Peers;
  /** Of the journal. */
  readonly maxMb: number;
}

export interface SoakedAgent extends Measured {
  /** SIGTERM; its exit code, and the codes of what it logged as a warning or an error. */
  end(): Promise<{ readonly code: number | null; readonly warnings: Readonly<Record<string, number>> }>;
  remove(): void;
}

/** Compiled, since Node loads it without a loader. */
const PROBE = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? './heap-probe.js' : '../dist/soak/heap-probe.js', import.meta.url),
);

export async function startAgent(order: AgentOrder): Promise<SoakedAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-soak-'));
  // JSON is YAML.
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(configOf(order)), { mode: 0o600 });
  const startedMs = performance.now();
  const { child, ended, seen } = start({ args: ['run'], cwd: folder, preload: PROBE });
  const [, url = ''] = await seen(/status at (http:[^ "]+)/);
  return {
    pid: child.pid ?? 0,
    url,
    journal: join(folder, 'journal'),
    startedMs,
    lived: async () => {
      const answer = once(child, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
      child.send('lived');
      // What the probe says.
      return (await answer)[0] as Lived;
    },
    end: async () => {
      child.kill('SIGTERM');
      const { code, talk } = await ended;
      return { code, warnings: warningsIn(talk) };
    },
    remove: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Short limits, so that troubles are felt soon; all else as it is by default. */
function configOf({ apiUrl, peers: { elasticsearch, splunk, datadog, kafka }, maxMb }: AgentOrder): object {
  const request_timeout = '3s';
  const lake = { type: 'kafka', brokers: [kafka?.address], topic: TOPIC, request_timeout, connect_timeout: '3s' };
  return {
    sources: {
      acme: {
        type: 'openai',
        api_key: defaultKey,
        base_url: apiUrl,
        poll_interval: '5s',
        backfill_start_time: '1m',
        requests_per_second: 50,
      },
    },
    journal: { path: './journal', max_bytes: `${maxMb}MB` },
    http: { listen: '127.0.0.1:0' },
    log: { format: 'json' },
    sinks: {
      search: { type: 'elasticsearch', nodes: [elasticsearch.address], request_timeout_ms: 3_000 },
      siem: {
        type: 'splunk-hec',
        url: splunk.address,
        token: 'soak-token',
        format: 'ocsf',
        ack_poll_interval: '1s',
        ack_timeout: '10s',
        request_timeout,
      },
      logs: { type: 'datadog', url: datadog.address, api_key: 'soakkey', request_timeout },
      ...(kafka === undefined ? {} : { lake }),
    },
  };
}

/** How often each code was logged. */
function warningsIn(talk: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, code = ''] of talk.matchAll(/"level":"(?:warn|error|fatal)".*?"code":"([A-Z_]+)"/g))
    counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
