/** An agent whose configuration changes while it runs, a simulated API, and what arrived where, by id. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { Agents, killed } from '../agent/agents.ts';
import { type Ended, type Running, run } from '../agent/command.ts';

const KEY = 'sk-admin-live-changes';
const HOUR_MS = 3_600_000;

export type Config = Readonly<Record<string, unknown>>;

export interface World {
  readonly folder: string;
  readonly simulator: Simulator;
  /** Of one source and the sinks that are given; `more` goes over all of it. */
  config(sinks: Config, more?: Config): Config;
  /** As editors do: a new file in the old one's place. */
  write(config: Config | string): void;
  start(): Promise<Running>;
  kill(agent: Running): Promise<void>;
  command(...args: readonly string[]): Promise<Ended>;
  /** Ids in a file of ECS documents, in its order, copies too. */
  ids(file: string): readonly string[];
  /** Waits until the file holds every event that there is at the moment. */
  complete(file: string): Promise<void>;
  /** Of every event that happened so far. */
  truth(): readonly string[];
  end(): Promise<void>;
}

/** Twenty events a second from now on, and some of the past. */
export async function world(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-live-'));
  const simulator = await startSimulator({ key: KEY, events: 200, spanMs: HOUR_MS, rate: 20 });
  const agents = new Agents({ KEY });
  const file = join(folder, 'audit-relay.yaml');
  const truth = (): readonly string[] => [...simulator.truth()].flatMap(({ id }) => id ?? []);
  const ids = (name: string): readonly string[] => {
    const path = join(folder, name);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line) => String(Object(Object(JSON.parse(line)).event).id));
  };
  return {
    folder,
    simulator,
    truth,
    ids,
    config: (sinks, more = {}) => ({
      sources: { acme: source(simulator.url) },
      journal: { path: join(folder, 'journal') },
      http: { listen: '127.0.0.1:0' },
      log: { level: 'info', format: 'json' },
      sinks,
      ...more,
    }),
    write: (config) => {
      writeFileSync(`${file}.new`, typeof config === 'string' ? config : JSON.stringify(config));
      renameSync(`${file}.new`, file);
    },
    start: () => agents.run(folder),
    kill: killed,
    command: (...args) => run({ args, cwd: folder, env: { KEY } }),
    complete: async (name) => {
      const wanted = truth();
      for (;;) {
        const found = new Set(ids(name));
        if (wanted.every((id) => found.has(id))) return;
        await setTimeout(50);
      }
    },
    end: async () => {
      await agents.end();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function source(url: string): Config {
  return {
    type: 'openai',
    api_key: '${KEY}',
    base_url: url,
    poll_interval: '1s',
    requests_per_second: 50,
    backfill_start_time: '2h',
  };
}
