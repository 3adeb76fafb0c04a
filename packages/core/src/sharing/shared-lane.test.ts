import { expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import type { LaneJournal } from '../journal/journal.ts';
import { blankStatus } from '../lane/blank-status.ts';
import type { Lane } from '../lane/options.ts';
import { FakeSharing, ManualTime } from './__fixtures__/sharing.ts';
import { ownLane, type SharedLaneOptions, sharedLane } from './shared-lane.ts';

const NEVER = new AbortController().signal;
const WAY = {} as LaneJournal;

/** A lane that writes down what it is told. */
function told(events: string[], name: string): Lane {
  return {
    start: () => events.push(`${name} starts`),
    status: () => ({ ...blankStatus('file'), health: 'ok', acked: 7 }),
    reopen: async (config) => void events.push(`${name} reopens with ${String(config)}`),
    idle: async () => void events.push(`${name} is idle`),
    drain: async (over) => void events.push(`${name} drains${over.aborted ? ' at once' : ''}`),
    end: () => events.push(`${name} ends`),
  };
}

function shared(events: string[]) {
  const given = new FakeSharing<LaneJournal>();
  const time = new ManualTime();
  const options: SharedLaneOptions = {
    name: 'siem',
    type: 'file',
    runtime: { sleep: (ms, signal) => time.sleep(ms, signal), log: () => undefined },
    next: (signal) => given.next('siem', signal),
    open: (_journal, config) => told(events, `lane with ${String(config)}`),
    gone: () => told(events, 'gone lane'),
  };
  return { given, options, lane: sharedLane(options) };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('a lane is starting until it is known who has it, then standby or what the own one says', async () => {
  const { given, lane } = shared([]);
  lane.start();
  expect(lane.status().health).toBe('starting');
  given.give('siem', undefined);
  await settled();
  expect(lane.status()).toMatchObject({ health: 'standby', type: 'file', acked: 0 });
  given.revoke('siem');
  given.give('siem', WAY);
  await settled();
  expect(lane.status()).toMatchObject({ health: 'ok', acked: 7 });
});

test('a secret that changed while another process had the lane is the one it is opened with', async () => {
  const events: string[] = [];
  const { given, lane } = shared(events);
  lane.start();
  given.give('siem', undefined);
  await settled();
  await lane.reopen('new key');
  given.revoke('siem');
  given.give('siem', WAY);
  await settled();
  await lane.reopen('newer key');
  expect(events).toEqual(['lane with new key starts', 'lane with new key reopens with newer key']);
});

test('a lane whose entries have left is told so in its place', async () => {
  const events: string[] = [];
  const { given, lane } = shared(events);
  lane.start();
  given.give('siem', undefined, 5_000, new RelayError('ENTRIES_GONE', 'they have left'));
  await settled();
  expect(events).toEqual(['gone lane starts']);
});

test('nothing is waited for where another process has the lane; a drain then only gives the share back', async () => {
  const events: string[] = [];
  const { given, lane } = shared(events);
  lane.start();
  given.give('siem', undefined);
  await lane.idle(NEVER);
  await lane.drain(NEVER);
  expect([events, given.released('siem')]).toEqual([[], 1]);
});

test('an end is one of the own lane, and a drain after it waits for nothing', async () => {
  const events: string[] = [];
  const { given, lane } = shared(events);
  lane.start();
  given.give('siem', WAY);
  await settled();
  lane.end();
  await lane.drain(NEVER);
  expect(events.slice(1)).toEqual(['lane with undefined ends', 'lane with undefined drains at once']);
});

test('of a journal that gives out nothing the lane is this process’s for good', () => {
  const events: string[] = [];
  const { options } = shared(events);
  const refuse = (): void => void events.push('refused');
  const journal = { lane: (): LaneJournal => WAY };
  ownLane(journal, { ...options, refuse }).start();
  expect(events).toEqual(['lane with undefined starts']);
});

test('a lane that could not be opened is refused at the start, before it has a share', () => {
  const { given, options } = shared([]);
  const refuse = (): never => {
    throw new RelayError('FORMAT_UNSUPPORTED', 'not this one');
  };
  const sharing = { lane: given.next.bind(given), source: () => Promise.reject(new Error('not asked')) };
  expect(() => ownLane({ lane: () => WAY, sharing }, { ...options, refuse })).toThrow('not this one');
  expect(given.asked('siem')).toBe(0);
});
