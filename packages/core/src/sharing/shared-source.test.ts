import { expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import type { SourceJournal } from '../journal/journal.ts';
import { type SourceConfig, sourceConfigSchema } from '../source/config.ts';
import type { Source } from '../source/options.ts';
import { FakeSharing, ManualTime } from './__fixtures__/sharing.ts';
import { sharedSource } from './shared-source.ts';

const NEVER = new AbortController().signal;
const WAY = {} as SourceJournal;
const SPAN = { from: 0, to: 60 };

function config(key: string): SourceConfig {
  return sourceConfigSchema.parse({ type: 'openai', api_key: key, base_url: 'http://127.0.0.1:1' });
}

/** A source that writes down what it is told, by its key. */
function told(events: string[], { api_key: key }: SourceConfig): Source {
  const tell = async (what: string): Promise<void> => void events.push(`${key} ${what}`);
  return {
    start: () => void tell('starts'),
    status: () => ({ feeds: {}, requests: 5, failures: {}, backfillSlots: 1 }),
    reopen: ({ api_key: next }) => void tell(`reopens with ${next}`),
    caughtUp: async () => {
      await tell('catches up');
      if (key !== 'third') throw new RelayError('SOURCE_STOPPED', 'stopped before it had caught up');
    },
    backfill: () => tell('backfills'),
    progressIn: () => ({ wholeSeconds: 60, leftSeconds: 1, paused: {}, windows: 0, events: 0, requests: 0, atOnce: 0 }),
    stop: () => tell('stops'),
  };
}

function shared(events: string[]) {
  const given = new FakeSharing<SourceJournal>();
  const time = new ManualTime();
  const source = sharedSource({
    name: 'acme',
    config: config('first'),
    runtime: { sleep: (ms, signal) => time.sleep(ms, signal), log: () => undefined },
    next: (signal) => given.next('acme', signal),
    open: (_journal, present) => told(events, present),
    refuse: ({ api_key: key }) => {
      if (key === 'bad') throw new RelayError('TLS_FILE_UNUSABLE', 'refused');
    },
  });
  return { given, source };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('a source asks nothing while another process reads it, and says so to who wants it to', async () => {
  const events: string[] = [];
  const { given, source } = shared(events);
  source.start();
  given.give('acme', undefined);
  await source.caughtUp(NEVER);
  await expect(source.backfill(SPAN, false, NEVER)).rejects.toMatchObject({ code: 'SOURCE_ELSEWHERE' });
  expect([source.status().requests, source.progressIn(SPAN).wholeSeconds, events]).toEqual([0, 0, []]);
});

test('it is read from when this process has it, until it is revoked', async () => {
  const events: string[] = [];
  const { given, source } = shared(events);
  source.start();
  const backfilled = source.backfill(SPAN, false, NEVER);
  given.give('acme', WAY);
  await backfilled;
  expect([source.status().requests, source.progressIn(SPAN).wholeSeconds]).toEqual([5, 60]);
  given.revoke('acme');
  await settled();
  expect([events, given.released('acme')]).toEqual([['first starts', 'first backfills', 'first stops'], 1]);
});

test('a key that changed meanwhile is the one it is read with; one that is refused changes nothing', async () => {
  const events: string[] = [];
  const { given, source } = shared(events);
  source.start();
  source.reopen(config('second'));
  expect(() => source.reopen(config('bad'))).toThrow('refused');
  given.give('acme', WAY);
  await settled();
  source.reopen(config('third'));
  given.revoke('acme');
  given.give('acme', WAY);
  await settled();
  await source.stop();
  expect(events).toEqual(['second starts', 'second reopens with third', 'second stops', 'third starts', 'third stops']);
  expect(given.released('acme')).toBe(2);
});

test('a source that is given to another process while it catches up is that one’s to catch up, or this one’s again', async () => {
  const events: string[] = [];
  const { given, source } = shared(events);
  source.start();
  given.give('acme', WAY);
  const caughtUp = source.caughtUp(NEVER);
  await settled();
  source.reopen(config('third'));
  given.revoke('acme');
  given.give('acme', WAY);
  await caughtUp;
  expect(events.filter((event) => event.includes('catches'))).toEqual(['first catches up', 'third catches up']);
});

test('one that is stopped for good while somebody waits for it says so', async () => {
  const { given, source } = shared([]);
  source.start();
  const waiting = source.caughtUp(NEVER).catch((error: unknown) => error);
  await source.stop();
  expect(await waiting).toMatchObject({ code: 'SOURCE_STOPPED' });
  expect(given.asked('acme')).toBe(1);
});
