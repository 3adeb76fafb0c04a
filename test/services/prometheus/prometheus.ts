/** Prometheus and its promtool, built from their Go module, as processes of this machine. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goBinary } from '../go.ts';
import { freePorts } from '../ports.ts';
import { startServer } from '../server-process.ts';

/** 3.13.5, as the module counts. */
const VERSION = '0.313.5';
// Compiled, this file stands in `test/dist`; the module has stayed where it is.
const MODULE = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/', '/');
/** Without the clients of two dozen clouds, in which targets could be looked for; names in DNS are among what we use. */
const TAGS = ['remove_all_sd', 'enable_dns_sd'];

/** The path of promtool; some minutes the first time on a machine. */
export function promtool(): Promise<string> {
  return built('promtool');
}

export interface Prometheus {
  /** The answer to an instant query: one sample a series. @throws Error with Prometheus's words */
  query(promql: string): Promise<readonly Sample[]>;
  /** Of every rule that it has loaded, whether it could be evaluated: `ok`, `unknown`, or why not. */
  rules(): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** When, and the value as text. */
  readonly value: readonly [number, string];
}

export interface Scraping {
  /** `127.0.0.1:9464`. */
  readonly target: string;
  readonly ruleFile: string;
}

/** Scrapes `target` every second as job `audit-relay`. Resolves when it answers. */
export async function startPrometheus({ target, ruleFile }: Scraping): Promise<Prometheus> {
  const file = await built('prometheus');
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-prometheus-'));
  mkdirSync(join(folder, 'data'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [ruleFile],
    scrape_configs: [{ job_name: 'audit-relay', static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const args = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
  const stop = await startServer({
    name: 'Prometheus',
    file,
    args: [...args, `--web.listen-address=127.0.0.1:${port}`],
    folder,
    ready: 'Server is ready to receive web requests',
  });
  const url = `http://127.0.0.1:${port}/api/v1`;
  return {
    query: async (promql) =>
      (await asked<{ result: Sample[] }>(`${url}/query?query=${encodeURIComponent(promql)}`)).result,
    rules: async () => {
      const { groups } = await asked<{ groups: { rules: RuleState[] }[] }>(`${url}/rules`);
      const all = groups.flatMap(({ rules }) => rules);
      return Object.fromEntries(all.map(({ name, health, lastError }) => [name, lastError ?? health]));
    },
    stop,
  };
}

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

function built(name: 'prometheus' | 'promtool'): Promise<string> {
  const module = { name: `${name}-${VERSION}`, module: MODULE, tags: TAGS };
  return goBinary({ ...module, package: `github.com/prometheus/prometheus/cmd/${name}` });
}

async function asked<Data>(url: string): Promise<Data> {
  const answer = await fetch(url);
  const body = (await answer.json()) as { readonly data: Data; readonly error?: string };
  if (!answer.ok) throw new Error(`${answer.status}: ${body.error}`);
  return body.data;
}
