/** Rounds of assignments: what is given out in one is given back before the next begins, whoever ends it. */
import type { JournalConfiguration, SourceJournal } from '@audit-relay/core/journal';
import { describe, expect, test } from 'vitest';
import type { Assignment } from '../membership.ts';
import { type SharedSources, SourceSharing } from './source-sharing.ts';

const NEVER = new AbortController().signal;
const CONFIGURATION: JournalConfiguration = { sources: [{ name: 'acme', feeds: ['organization'] }], lanes: [] };

interface FakeRound {
  readonly revoked: AbortController;
  readonly lost: AbortController;
}

/** A group that gives everything each time, and what was asked of it and of what it gave, in order. */
function world({
  refuses = () => undefined,
  onConfigure = async () => undefined,
}: {
  refuses?: (opened: number) => Error | undefined;
  onConfigure?: (configuration: JournalConfiguration) => Promise<void>;
} = {}) {
  let opened = 0;
  const said: string[] = [];
  const rounds: FakeRound[] = [];
  const membership = {
    next: async (signal: AbortSignal): Promise<Assignment> => {
      signal.throwIfAborted();
      const revoked = new AbortController();
      rounds.push({ revoked, lost: new AbortController() });
      const generation = rounds.length;
      said.push(`next ${generation}`);
      return {
        generation,
        memberId: 'm',
        partitions: [0],
        revoked: revoked.signal,
        drainMs: 7,
        confirm: async () => undefined,
      };
    },
    close: async () => void said.push('left'),
  };
  const open = async ({ generation }: Assignment): Promise<SharedSources> => {
    opened += 1;
    const error = refuses(opened);
    if (error !== undefined) throw error;
    said.push(`open ${generation}`);
    const lost = rounds[generation - 1]?.lost ?? new AbortController();
    return {
      lost: lost.signal,
      unwritable: undefined,
      owns: (source) => source === 'acme',
      source: () => ({}) as SourceJournal,
      configure: async (configuration) => {
        said.push(`configure ${generation}`);
        await onConfigure(configuration);
      },
      refuse: () => undefined,
      adopt: async () => undefined,
      figures: () => ({ bytes: 0, entries: 0, written: new Map(), malformedRecords: {} }),
      close: async () => void said.push(`close ${generation}`),
    };
  };
  const waits: AbortController[] = [];
  const pauses: number[] = [];
  const runtime = {
    // As long as the test likes.
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        pauses.push(ms);
        const wait = new AbortController();
        waits.push(wait);
        wait.signal.addEventListener('abort', () => resolve());
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    log: (_level: string, code: string) => void said.push(code),
  };
  const sharing = new SourceSharing({ membership, open, runtime, refuse: () => undefined });
  const wake = (): void => {
    for (const wait of waits) wait.abort();
  };
  return { said, rounds, sharing, wake, pauses };
}

describe('a round ends', () => {
  test.each<{ name: string; end: (round: FakeRound) => void }>([
    { name: 'when the group gives out anew', end: ({ revoked }) => revoked.abort(new Error('revoked')) },
    { name: 'when a partition is another’s', end: ({ lost }) => lost.abort(new Error('lost')) },
  ])('$name, and the next begins once all sources are released and it is closed', async ({ end }) => {
    const { said, rounds, sharing } = world();
    await sharing.configure(CONFIGURATION);
    const acme = await sharing.source('acme', NEVER);
    const bolt = await sharing.source('bolt', NEVER);
    expect([acme.way === undefined, bolt.way === undefined, acme.drainMs]).toEqual([false, true, 7]);
    const first = rounds[0];
    if (first === undefined) throw new Error('a round is there');
    end(first);
    expect([acme.revoked.aborted, bolt.revoked.aborted]).toEqual([true, true]);
    const next = sharing.source('acme', NEVER);
    acme.release();
    // Twice is once.
    acme.release();
    await Promise.resolve();
    expect(said).toEqual(['next 1', 'open 1', 'configure 1']);
    bolt.release();
    const again = await next;
    expect(said).toEqual(['next 1', 'open 1', 'configure 1', 'close 1', 'next 2', 'open 2', 'configure 2']);
    again.release();
    await sharing.close();
    expect(said.slice(-2)).toEqual(['close 2', 'left']);
  });
});

test('what refuses an assignment is the refusal of every share, and is tried again in the same one with growing pauses', async () => {
  const renamed = Object.assign(new Error('renamed'), { code: 'SOURCE_RENAMED' });
  const { said, sharing, wake, pauses } = world({ refuses: (opened) => (opened < 3 ? renamed : undefined) });
  await sharing.configure(CONFIGURATION);
  const refused = await sharing.source('acme', NEVER);
  expect(refused).toMatchObject({ way: undefined, refused: { code: 'SOURCE_RENAMED' } });
  expect(said).toEqual(['next 1', 'SOURCE_RENAMED']);
  wake();
  await expect.poll(() => refused.revoked.aborted).toBe(true);
  refused.release();
  const again = await sharing.source('acme', NEVER);
  // Another configuration is tried at once.
  await sharing.configure({ ...CONFIGURATION });
  await expect.poll(() => again.revoked.aborted).toBe(true);
  again.release();
  expect((await sharing.source('acme', NEVER)).way).toBeDefined();
  expect(said).toEqual(['next 1', 'SOURCE_RENAMED', 'SOURCE_RENAMED', 'open 1', 'configure 1']);
  expect(pauses).toEqual([5_000, 10_000]);
});

test('a configuration that comes while another is being written is written as well before any source is given out', async () => {
  const later: JournalConfiguration = { ...CONFIGURATION, sources: [] };
  const written: JournalConfiguration[] = [];
  const seen = world({
    onConfigure: async (configuration) => {
      written.push(configuration);
      if (written.length === 1) await seen.sharing.configure(later);
    },
  });
  await seen.sharing.configure(CONFIGURATION);
  await seen.sharing.source('acme', NEVER);
  expect(written).toEqual([CONFIGURATION, later]);
});

test('a configuration that meets the end of an assignment is one for the next', async () => {
  const reassigned = Object.assign(new Error('over'), { code: 'JOURNAL_REASSIGNED' });
  let isOver = false;
  const { sharing } = world({ onConfigure: async () => (isOver ? Promise.reject(reassigned) : undefined) });
  await sharing.configure(CONFIGURATION);
  await sharing.source('acme', NEVER);
  isOver = true;
  await sharing.configure({ ...CONFIGURATION, sources: [] });
});

test('an assignment that was revoked before it could be begun is followed by the next at once', async () => {
  const { said, rounds, sharing, pauses } = world({
    refuses: (opened) => {
      if (opened > 1) return undefined;
      rounds[0]?.revoked.abort(new Error('revoked'));
      return Object.assign(new Error('over'), { code: 'JOURNAL_REASSIGNED' });
    },
  });
  await sharing.configure(CONFIGURATION);
  expect((await sharing.source('acme', NEVER)).way).toBeDefined();
  expect([said, pauses]).toEqual([['next 1', 'next 2', 'open 2', 'configure 2'], []]);
});

test('who waits for a share hears that the journal is closed', async () => {
  const { sharing } = world();
  const waiting = sharing.source('acme', NEVER);
  const closing = sharing.close();
  await expect(waiting).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' });
  await closing;
});
