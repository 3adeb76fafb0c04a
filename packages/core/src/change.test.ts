/** What becomes of a change when the journal's disk refuses: with a journal and sources that only count. */
import { expect, test } from 'vitest';
import { applyChange, type Changing } from './change.ts';
import { RelayError } from './errors.ts';
import type { Journal } from './journal/journal.ts';
import type { RelayOptions } from './options.ts';
import { sourceConfigSchema } from './source/config.ts';
import type { Source } from './source/source.ts';

const refusal = new RelayError('DISK_REFUSES', 'the journal cannot be written (EROFS)');

interface Told {
  stopped: number;
  started: number;
  slept: number;
}

interface Disk {
  /** How many times it refuses. */
  refusals: number;
  readonly unwritable?: Journal['unwritable'];
}

function world(disk: Disk): { readonly parts: Changing; readonly told: Told; readonly lost: AbortController } {
  const told: Told = { stopped: 0, started: 0, slept: 0 };
  const lost = new AbortController();
  const source = {
    start: () => {
      told.started += 1;
    },
    stop: async () => {
      told.stopped += 1;
    },
  } as unknown as Source;
  const journal = {
    lost: lost.signal,
    unwritable: disk.unwritable,
    refuse: () => undefined,
    configure: async () => {
      disk.refusals -= 1;
      if (disk.refusals >= 0) throw refusal;
      return {};
    },
  } as unknown as Journal;
  const config = sourceConfigSchema.parse({ type: 'openai', api_key: 'sk-admin-test' });
  const sleep = async (): Promise<void> => {
    told.slept += 1;
  };
  const runtime = { now: () => 0, elapsedMs: () => 0, random: () => 0, log: () => undefined, sleep };
  const options = { name: 'live', sources: { acme: config }, sinks: {}, runtime } as unknown as RelayOptions;
  const parts: Changing = {
    journal,
    options,
    lanes: new Map(),
    sources: new Map([['acme', source]]),
    normalizer: {} as Changing['normalizer'],
    opening: {
      normalizerOf: () => ({}) as Changing['normalizer'],
      lanes: () => new Map(),
      sources: (chosen) => new Map(Object.keys(chosen.sources).map((name) => [name, source])),
    },
  };
  return { parts, told, lost };
}

const limits = { over: AbortSignal.abort(), ending: new AbortController().signal };
const without = { name: 'live', sources: {}, sinks: {} };

test('what was stopped begins again once the disk takes it, however often it refuses before', async () => {
  const { parts, told } = world({ refusals: 4 });
  await expect(applyChange(parts, without, limits)).rejects.toBe(refusal);
  expect(told).toEqual({ stopped: 1, started: 1, slept: 3 });
  expect([...parts.sources.keys()]).toEqual(['acme']);
});

test('a change is refused before anything stops while the disk is known to take nothing', async () => {
  const unwritable = { code: 'DISK_REFUSES', problem: refusal.message, sinceMs: 0 };
  const { parts, told } = world({ refusals: 0, unwritable });
  await expect(applyChange(parts, without, limits)).rejects.toMatchObject({ code: 'DISK_REFUSES' });
  expect(told.stopped).toBe(0);
});

test('on a full disk what only ends something is done, since it may make room; what begins anything is refused', async () => {
  const unwritable = { code: 'DISK_FULL', problem: 'free some', sinceMs: 0 };
  const { parts, told } = world({ refusals: 0, unwritable });
  const more = { ...without, sources: { ...parts.options.sources, other: parts.options.sources['acme'] } };
  await expect(applyChange(parts, more as typeof without, limits)).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(told.stopped).toBe(0);
  expect(await applyChange(parts, without, limits)).toMatchObject({ sources: { removed: ['acme'] } });
  expect(told).toEqual({ stopped: 1, started: 0, slept: 0 });
});

test('whoever has lost the journal or ends begins nothing again', async () => {
  const { parts, told, lost } = world({ refusals: 1 });
  lost.abort(refusal);
  await expect(applyChange(parts, without, limits)).rejects.toBe(refusal);
  expect(told).toEqual({ stopped: 1, started: 0, slept: 0 });
});
