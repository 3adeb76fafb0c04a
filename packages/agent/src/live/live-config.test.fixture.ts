/** A configuration's file that is followed, for the tests of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Relay, RelayDifference } from '@audit-relay/core';
import { onTestFinished } from 'vitest';
import { isGood, readConfig } from '../config/read.ts';
import { SILENT } from '../process-io.test.fixture.ts';
import { LiveConfig } from './live-config.ts';

const NOTHING: RelayDifference['sinks'] = { added: [], changed: [], removed: [] };
const DIFFERENCE: RelayDifference = { sources: NOTHING, sinks: { ...NOTHING, changed: ['disk'] } };

interface Told {
  readonly level: string;
  readonly code: string;
  readonly text: string;
}

export interface Config {
  readonly [key: string]: unknown;
}

export const BASE: Config = {
  sources: { acme: { type: 'openai', api_key: '${KEY}' } },
  sinks: { disk: { type: 'file', path: '/nowhere/one.ndjson' } },
};

/** A file that is followed, and what the relay and the log were told. */
export interface World {
  readonly folder: string;
  readonly file: string;
  readonly live: LiveConfig;
  write(text: string | Config): void;
  readonly told: readonly Told[];
  readonly changes: readonly Parameters<Relay['change']>[0][];
  readonly levels: readonly string[];
  readonly forgotten: readonly string[];
  readonly reopened: readonly string[];
  /** Resolves when a line with this code is told, from now on. */
  said(code: string): Promise<void>;
  /** The relay refuses a change with this. */
  refuse(error: Error | undefined): void;
  /** Called while two readings of the file are apart. */
  whileStill(work: () => void): void;
}

export async function world(config: Config = BASE): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-live-'));
  const file = join(folder, 'relay.yaml');
  const write = (text: string | Config): void =>
    writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
  write(config);
  const reading = await readConfig(file, {
    ...SILENT,
    env: { KEY: 'sk-admin-1234567890', LATE: 'sk-admin-late-0987654321' },
  });
  if (!isGood(reading)) throw new Error(JSON.stringify(reading.problems));
  const told: Told[] = [];
  const changes: Parameters<Relay['change']>[0][] = [];
  const levels: string[] = [];
  const forgotten: string[] = [];
  const reopened: string[] = [];
  let refusal: Error | undefined;
  let onSleep = (): void => undefined;
  let onTold = (): void => undefined;
  const live = new LiveConfig({
    reading,
    relay: {
      reopenSource: (name) => void reopened.push(name),
      reopenSink: async (name) => void reopened.push(name),
      change: async (change) => {
        if (refusal !== undefined) throw refusal;
        changes.push(change);
        return DIFFERENCE;
      },
    },
    follow: 'all',
    graceMs: 25_000,
    hide: ({ secretVariables }) => forgotten.push(...secretVariables),
    clean: (words) => words.replaceAll('sk-admin-1234567890', '[hidden]'),
    setLevel: (level) => levels.push(level),
    log: (level, code, text) => {
      told.push({ level, code, text });
      onTold();
    },
    now: () => 1_790_000_000_000,
    sleep: async () => onSleep(),
  });
  onTestFinished(() => {
    live.close();
    rmSync(folder, { recursive: true });
  });
  const said = (code: string): Promise<void> =>
    new Promise((resolve) => {
      onTold = () => (told.some((one) => one.code === code) ? resolve() : undefined);
    });
  return {
    folder,
    file,
    live,
    write,
    told,
    changes,
    levels,
    forgotten,
    reopened,
    said,
    refuse: (error: Error | undefined) => {
      refusal = error;
    },
    whileStill: (work: () => void) => {
      onSleep = work;
    },
  };
}

export const OTHER_SINK: Config = { ...BASE, sinks: { disk: { type: 'file', path: '/nowhere/two.ndjson' } } };
