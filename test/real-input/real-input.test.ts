/**
 * The documented record and the sample records, odd ones included, go in over HTTP and come out of both files:
 * each id once, in time order within each window, none lost for being odd.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  fileSink,
  journalConfigSchema,
  laneConfigSchema,
  openRelay,
  type RelayOptions,
  type SinkOptions,
  sourceConfigSchema,
} from '@audit-relay/core';
import { defaultKey, type Simulator, sampleFiles, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What the tests look at in a document. */
interface Seen {
  readonly id: string;
  readonly timeMs: number;
}

const readers: Readonly<Record<'ecs' | 'ocsf', (line: string) => Seen>> = {
  ecs: (line) => {
    // Written by the product a moment ago.
    const document = JSON.parse(line) as { readonly '@timestamp': string; readonly event: { readonly id: string } };
    return { id: document.event.id, timeMs: Date.parse(document['@timestamp']) };
  },
  ocsf: (line) => {
    const document = JSON.parse(line) as { readonly time: number; readonly metadata: { original_event_uid: string } };
    return { id: document.metadata.original_event_uid, timeMs: document.time };
  },
};

describe('the sample records', () => {
  let simulator: Simulator;
  let folder: string;
  /** How many entries each window brought, in the order of the commits. */
  const windows: number[] = [];
  const seen = (format: 'ecs' | 'ocsf'): Seen[] =>
    readFileSync(join(folder, `${format}.ndjson`), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(readers[format]);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-relay-real-'));
    simulator = await startSimulator({ files: sampleFiles });
    const relay = await openRelay(options());
    await relay.caughtUp(AbortSignal.timeout(120_000));
    await relay.drain(10_000);
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function options(): RelayOptions {
    const oldest = Math.min(...[...simulator.truth()].map(({ effectiveAt }) => effectiveAt));
    const source = {
      type: 'openai',
      api_key: defaultKey,
      base_url: simulator.url,
      backfill_start_time: new Date(oldest * 1000).toISOString(),
      requests_per_second: 100,
    };
    return {
      name: 'real-input',
      version: '0.0.0',
      sources: { acme: sourceConfigSchema.parse(source) },
      journal: journalConfigSchema.parse({ path: join(folder, 'journal') }),
      sinks: { ecs: sink('ecs'), ocsf: sink('ocsf') },
      proxyFor: () => undefined,
      runtime: {
        now: Date.now,
        elapsedMs: () => performance.now(),
        random: Math.random,
        log: (...[, code, , fields]) => {
          if (code === 'WINDOW_COMMITTED') windows.push(Number(fields?.['journaled']));
        },
        sleep: async (ms, signal) => {
          await setTimeout(ms, undefined, { signal });
        },
      },
    };
  }

  function sink(format: 'ecs' | 'ocsf'): SinkOptions {
    return {
      plugin: fileSink,
      config: fileSink.configSchema.parse({ path: join(folder, `${format}.ndjson`) }),
      lane: laneConfigSchema.parse({ type: 'file', format, concurrency: 1 }),
    };
  }

  test('are 203 records with 202 ids', () => {
    const ids = [...simulator.truth()].map(({ id }) => id);
    expect(new Set(ids).size).toBe(202);
    expect(ids).not.toContain(null);
  });

  test.each(['ecs', 'ocsf'] as const)('stand in the %s file, each id once, counted over lines', (format) => {
    const ids = seen(format).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...new Set([...simulator.truth()].map(({ id }) => String(id)))].toSorted());
  });

  test.each(['ecs', 'ocsf'] as const)('stand in the %s file in time order within each window', (format) => {
    const lines = seen(format);
    expect(windows.reduce((sum, journaled) => sum + journaled, 0)).toBe(lines.length);
    let next = 0;
    for (const journaled of windows) {
      const times = lines.slice(next, next + journaled).map(({ timeMs }) => timeMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      next += journaled;
    }
  });
});
