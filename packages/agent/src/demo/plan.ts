/**
 * What a demo's folder is about. The first demo in a folder writes its plan there; every later one
 * goes on with it, so that a demo that was killed begins again where it stood.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelayError } from '@audit-relay/core';
import { isLoopbackHost } from '@audit-relay/sink-http';
import { z } from 'zod';
import { parseListen } from '../config/schema.ts';
import type { SimulatorPlan } from './simulator.ts';

const planSchema: z.ZodType<SimulatorPlan> = z.object({
  seed: z.int(),
  begunMs: z.number(),
  events: z.int().min(0),
  spanMs: z.number().min(0),
  rate: z.number().min(0),
  sample: z.boolean(),
});

/** Stands in the demo’s folder, beside the journal and the two files. */
export const PLAN_FILE = 'demo.json';

/** What of a plan the command line said. */
export type WantedPlan = Partial<Omit<SimulatorPlan, 'begunMs'>>;

const DEFAULTS: Required<WantedPlan> = { seed: 1, events: 2_000, spanMs: 604_800_000, rate: 2, sample: false };

const FLAGS: Readonly<Record<keyof WantedPlan, string>> = {
  seed: '--seed',
  events: '--events',
  spanMs: '--span',
  rate: '--rate',
  sample: '--sample',
};

/** The flags that say what is wanted: `--events`. */
export function flagsOf(wanted: WantedPlan): readonly string[] {
  return keysOf(wanted).map((key) => FLAGS[key]);
}

/**
 * The plan of `folder`, which is there: the one found there, else what is wanted from now on, which then stands there.
 * @throws RelayError `DEMO_FOLDER` when the file found is no plan, or another one than is wanted.
 */
export function planOf(folder: string, wanted: WantedPlan, begunMs: number): SimulatorPlan {
  const file = join(folder, PLAN_FILE);
  if (existsSync(file)) return agreeing(readPlan(file), wanted, file);
  const plan = { ...DEFAULTS, ...wanted, begunMs };
  // Whole or not at all, though the process may be killed at any moment.
  writeFileSync(`${file}.new`, `${JSON.stringify(plan)}\n`);
  renameSync(`${file}.new`, file);
  return plan;
}

/** An option is followed or refused, never ignored: other events under the same ids would be taken for those journaled. */
function agreeing(found: SimulatorPlan, wanted: WantedPlan, file: string): SimulatorPlan {
  const other = keysOf(wanted).filter((key) => wanted[key] !== found[key]);
  if (other.length === 0) return found;
  throw new RelayError(
    'DEMO_FOLDER',
    `the demo of ${file} was begun with another ${other.map((key) => FLAGS[key]).join(', ')}: leave that out to go on with it, choose another folder with --dir, or remove this one`,
  );
}

function keysOf(wanted: WantedPlan): readonly (keyof WantedPlan)[] {
  // The keys that the table above has, of its type.
  return (Object.keys(FLAGS) as (keyof WantedPlan)[]).filter((key) => wanted[key] !== undefined);
}

function readPlan(file: string): SimulatorPlan {
  try {
    return planSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new RelayError(
      'DEMO_FOLDER',
      `${file} is no plan of a demo: choose another folder with --dir, or remove this one`,
      error,
    );
  }
}

/** Where events come from. */
export interface DemoSource {
  readonly baseUrl: string;
  /** Absent: the default. */
  readonly requestsPerSecond?: number;
  /** Seconds since the epoch, or as written by the user. Absent: nothing from the past. */
  readonly from?: string;
  /** How often the API is asked for news: `1s`. */
  readonly pollInterval: string;
  /** As in YAML: a key or a substitution. */
  readonly apiKey: string;
}

/**
 * The demo's configuration, as a user could have written it: JSON is YAML. Beyond loopback whoever reaches it may read,
 * as the log is a simulated one there.
 */
export function demoConfig(
  folder: string,
  listen: string,
  { apiKey, baseUrl, from, pollInterval, requestsPerSecond }: DemoSource,
): string {
  const source = {
    type: 'openai',
    api_key: apiKey,
    poll_interval: pollInterval,
    base_url: baseUrl,
    ...(requestsPerSecond === undefined ? {} : { requests_per_second: requestsPerSecond }),
    ...(from === undefined ? {} : { backfill_start_time: from }),
  };
  return JSON.stringify({
    name: 'audit-relay-demo',
    sources: { demo: source },
    journal: { path: join(folder, 'journal') },
    sinks: {
      ecs: { type: 'file', path: join(folder, 'events.ecs.ndjson'), format: 'ecs' },
      ocsf: { type: 'file', path: join(folder, 'events.ocsf.ndjson'), format: 'ocsf' },
    },
    http: isLoopbackHost(parseListen(listen)?.host ?? '') ? { listen } : { listen, allow_unauthenticated: true },
  });
}
