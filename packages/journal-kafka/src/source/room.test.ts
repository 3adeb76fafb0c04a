/** A commit waits at the bound, by the last look and what was written since. */
import { describe, expect, test } from 'vitest';
import { type Held, KafkaRoom } from './room.ts';

const NEVER = new AbortController().signal;

function world(looks: readonly Held[]) {
  const waiting = [...looks];
  const codes: string[] = [];
  let elapsedMs = 0;
  let last: Held = { bytes: 0, because: 'no lane' };
  const runtime = {
    now: () => 0,
    elapsedMs: () => elapsedMs,
    random: () => 0,
    sleep: async (ms: number) => {
      elapsedMs += ms;
    },
    log: (_level: string, code: string) => void codes.push(code),
  };
  const measure = async (): Promise<Held> => {
    last = waiting.shift() ?? last;
    return last;
  };
  return { room: new KafkaRoom({ maxBytes: 100, measure, runtime }), codes };
}

const held = (bytes: number): Held => ({ bytes, because: 'siem' });

describe('a commit', () => {
  test('that fits goes, and counts until the next look', async () => {
    const { room } = world([held(50)]);
    await room.look();
    room.apply(room.forEntries(30));
    expect(room.bytes).toBe(80);
    expect(() => room.forEntries(30)).toThrow(expect.objectContaining({ code: 'JOURNAL_FULL', bytes: 30 }));
    expect(() => room.forEntries(20)).not.toThrow();
  });

  test('that does not fit waits until a look finds room, and says once because of whom', async () => {
    const { room, codes } = world([held(90), held(90), held(90), held(90), held(10)]);
    await room.look();
    const full = refusalOf(() => room.forEntries(20));
    const waiting = Promise.all([room.wait(full, NEVER), room.wait(full, NEVER)]);
    await waiting;
    expect(codes).toEqual(['JOURNAL_FULL']);
    expect(room.fullBecauseOf).toBeUndefined();
    expect(() => room.forEntries(20)).not.toThrow();
  });

  test('without entries never waits', async () => {
    const { room } = world([held(500)]);
    await room.look();
    expect(() => room.forEntries(0)).not.toThrow();
  });

  test('that is larger than all goes once nothing else is held', async () => {
    const { room } = world([held(1), held(0)]);
    await room.look();
    expect(() => room.forEntries(1000)).toThrow();
    await room.look();
    expect(() => room.forEntries(1000)).not.toThrow();
  });
});

function refusalOf(work: () => unknown): Parameters<KafkaRoom['wait']>[0] {
  try {
    work();
  } catch (error) {
    // What `forEntries` throws.
    return error as Parameters<KafkaRoom['wait']>[0];
  }
  throw new Error('it fitted');
}
