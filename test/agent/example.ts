/** One example of `config/` in a folder of its own, with a simulated API: for the tests that run each as it stands. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { ROOT } from '../docs/markdown.ts';
import { type Ended, run } from './command.ts';

/** In the simulated log. */
export const EVENTS = 60;

export type Variables = Readonly<Record<string, string>>;

export interface Example {
  /** Its command, with the variables of an API beside those given. */
  command(args: readonly string[], env: Variables): Promise<Ended>;
  /** Puts another line in the place of one that has to be there. */
  change(from: string, to: string): void;
  /** Of a file of NDJSON that it wrote. */
  lines(name: string): readonly Readonly<Record<string, unknown>>[];
  /** Of everything that has happened, sorted. */
  ids(): readonly string[];
}

/** Gives the example to `work`, and removes it afterwards. */
export async function withExample(file: string, work: (example: Example) => Promise<void>): Promise<void> {
  // All within the last hours: Datadog keeps nothing that is older than 18.
  const simulator = await startSimulator({ events: EVENTS, spanMs: 3 * 3_600_000, key: defaultKey });
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-example-'));
  try {
    await work(exampleIn(folder, file, simulator));
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error with all that it said, unless everything is delivered. */
export async function deliver(example: Example, env: Variables = {}): Promise<Ended> {
  const ended = await example.command(['run', '--once'], env);
  if (ended.code !== 0) throw new Error(`ended with ${ended.code}: ${ended.talk}`);
  return ended;
}

/** Of ECS documents. */
export function idsIn(documents: readonly unknown[]): readonly string[] {
  return sorted(documents.map((document) => String(Object(Object(document).event).id)));
}

export function sorted(all: readonly string[]): readonly string[] {
  return all.toSorted((a, b) => a.localeCompare(b));
}

function exampleIn(folder: string, file: string, simulator: Simulator): Example {
  const place = join(folder, file);
  copyFileSync(join(ROOT, 'config', file), place);
  const api = { OPENAI_ADMIN_KEY: defaultKey, ACME_ADMIN_KEY: defaultKey, OPENAI_BASE_URL: simulator.url };
  return {
    command: (args, env) => run({ args: [...args, '--config', file], cwd: folder, env: { ...api, ...env } }),
    change: (from, to) => {
      const text = readFileSync(place, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no line ${from}`);
      writeFileSync(place, text.replace(from, to));
    },
    lines: (name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    },
    ids: () => sorted([...simulator.truth()].flatMap(({ id }) => id ?? [])),
  };
}
