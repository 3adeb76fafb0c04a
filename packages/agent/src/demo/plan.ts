/**
 * What a demo's folder is about. The first demo in a folder writes its plan there; every later one
 * goes on with it, so that a demo that was killed begins again where it stood.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelayError } from '@audit-relay/core';
import { z } from 'zod';
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

/**
 * The plan of `folder`, which is there: the one found there, else `wanted`, which then stands there.
 * @throws RelayError `DEMO_FOLDER` when the file found is no plan.
 */
export function planOf(folder: string, wanted: SimulatorPlan): SimulatorPlan {
  const file = join(folder, PLAN_FILE);
  if (existsSync(file)) return readPlan(file);
  // Whole or not at all, though the process may be killed at any moment.
  writeFileSync(`${file}.new`, `${JSON.stringify(wanted)}\n`);
  renameSync(`${file}.new`, file);
  return wanted;
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

/** The demo's configuration, as a user could have written it: JSON is YAML. */
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
    http: { listen },
  });
}
