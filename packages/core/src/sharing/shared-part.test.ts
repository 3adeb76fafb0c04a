import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeSharing, ManualTime } from './__fixtures__/sharing.ts';
import { SharedPart } from './shared-part.ts';

const NEVER = new AbortController().signal;

interface Recorded {
  readonly given: FakeSharing;
  readonly time: ManualTime;
  readonly events: string[];
  readonly who?: string;
}

/** A part that tells what becomes of it, and ends when it is told to or when its time is over. */
function recorded({ given, time, events, who = 'a' }: Recorded) {
  let finish: (() => void) | undefined;
  const part = new SharedPart<string, string>({
    name: `source ${who}`,
    stopped: new Error('it was stopped'),
    runtime: {
      sleep: (ms, signal) => time.sleep(ms, signal),
      log: (_level, code) => events.push(`${who} log ${code}`),
    },
    next: (signal) => given.next(who, signal),
    begin: (way) => {
      if (way === 'broken') throw new Error('it cannot be opened');
      events.push(`${who} begins ${way}`);
      return way;
    },
    end: async (way, over) => {
      events.push(`${who} ends ${way}`);
      await new Promise<void>((resolve) => {
        finish = resolve;
        if (over.aborted) resolve();
        over.addEventListener('abort', () => {
          events.push(`${who} is hurried`);
          resolve();
        });
      });
      events.push(`${who} has ended ${way}`);
    },
  });
  return { part, finish: () => finish?.() };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('a part lives as long as its share, and the share is given back when it has ended', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part, finish } = recorded({ given, time, events });
  part.start();
  await settled();
  expect([part.part, part.isKnown]).toEqual([undefined, false]);
  given.give('a', 'way 1');
  await settled();
  expect([part.part, part.isKnown]).toEqual(['way 1', true]);
  given.revoke('a');
  await settled();
  expect(events).toEqual(['a begins way 1', 'a ends way 1']);
  expect(given.released('a')).toBe(0);
  finish();
  await settled();
  expect([events.at(-1), given.released('a'), part.part, part.isKnown]).toEqual([
    'a has ended way 1',
    1,
    undefined,
    false,
  ]);
  given.give('a', 'way 2');
  await settled();
  expect(part.part).toBe('way 2');
});

test('what another process has is not begun, and that it is so is known', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  const known = part.known(NEVER);
  given.give('a', undefined);
  await known;
  expect([part.part, part.isKnown, events]).toEqual([undefined, true, []]);
  given.revoke('a');
  await settled();
  expect([part.isKnown, given.released('a')]).toEqual([false, 1]);
});

test('a part that has not ended when the time of a revoked share is over is hurried', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  given.give('a', 'way 1', 4_000);
  await settled();
  given.revoke('a');
  await settled();
  time.pass(3_999);
  await settled();
  expect(events).not.toContain('a is hurried');
  time.pass(1);
  await settled();
  expect(events.slice(-2)).toEqual(['a is hurried', 'a has ended way 1']);
  expect(given.released('a')).toBe(1);
});

test('a stop ends it in its own time, and gives the share back', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  given.give('a', 'way 1', 4_000);
  await settled();
  const over = new AbortController();
  const stopped = part.stop(over.signal);
  await settled();
  // A share that was not revoked has no time of its own.
  time.pass(60_000);
  await settled();
  expect(events).toEqual(['a begins way 1', 'a ends way 1']);
  over.abort();
  await stopped;
  expect(events.slice(-2)).toEqual(['a is hurried', 'a has ended way 1']);
  expect([given.released('a'), given.asked('a')]).toEqual([1, 1]);
});

test('a share that is revoked while the part is being stopped has its own time from then on', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  given.give('a', 'way 1', 4_000);
  await settled();
  const stopped = part.stop(NEVER);
  await settled();
  time.pass(60_000);
  given.revoke('a');
  await settled();
  time.pass(3_999);
  await settled();
  expect(events).toEqual(['a begins way 1', 'a ends way 1']);
  time.pass(1);
  await stopped;
  expect(events.slice(-2)).toEqual(['a is hurried', 'a has ended way 1']);
});

test('a share that is revoked before it is begun is given back and not begun', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  given.give('a', 'way 1');
  given.revoke('a');
  part.start();
  await settled();
  expect([events, given.released('a'), given.asked('a')]).toEqual([[], 1, 2]);
});

test('who waits to know whose it is, or until it is another’s, is told when it is stopped', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  const known = part.known(NEVER);
  const left = part.left(part.part ?? '', NEVER).catch((error: unknown) => error);
  await part.stop(NEVER);
  await expect(known).rejects.toThrow('it was stopped');
  await left;
});

test('a share that comes while it is being stopped is given back and not begun', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  await settled();
  given.give('a', 'way 1');
  await part.stop(NEVER);
  expect([events, given.released('a')]).toEqual([[], 1]);
});

test('a part that cannot be begun gives its share back, says so, and asks again after 5 s', async () => {
  const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
  const { part } = recorded({ given, time, events });
  part.start();
  given.give('a', 'broken');
  await settled();
  expect([events, given.released('a'), given.asked('a')]).toEqual([['a log SHARE_FAILED'], 1, 1]);
  time.pass(5_000);
  await settled();
  given.give('a', 'way 2');
  await settled();
  expect(part.part).toBe('way 2');
});

test('however work is given out, no two have the same at once, and every share comes back once', async () => {
  const step = fc.oneof(fc.constantFrom('a', 'b', 'none'), fc.constant('finish'), fc.nat(6_000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const [given, time, events] = [new FakeSharing(), new ManualTime(), [] as string[]];
      const all = { a: recorded({ given, time, events }), b: recorded({ given, time, events, who: 'b' }) };
      for (const { part } of Object.values(all)) part.start();
      for (const taken of steps) {
        if (taken === 'finish') for (const { finish } of Object.values(all)) finish();
        else if (typeof taken === 'number') time.pass(taken);
        else await given.handOver(taken, settled);
        await settled();
        const running = Object.values(all).filter(({ part }) => part.part !== undefined);
        expect(running.length).toBeLessThanOrEqual(1);
      }
      await Promise.all(Object.values(all).map(({ part }) => part.stop(AbortSignal.abort())));
      for (const who of ['a', 'b']) expect(given.released(who)).toBe(given.handed(who));
    }),
    { numRuns: 40 },
  );
});
