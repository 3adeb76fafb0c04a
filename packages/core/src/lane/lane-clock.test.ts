/** That no wait of a lane goes by the host's clock, which may be set at any moment. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acked,
  blocked,
  entry,
  hangs,
  LaneWorld,
  refused,
  rejected,
  type Script,
  type Sent,
  tooLarge,
  unanswered,
} from './lane.test.world.ts';

const HOUR_MS = 3_600_000;
const ANSWERS = { acked, blocked, refused, rejected, tooLarge, unanswered } as const;

interface Run {
  readonly answers: readonly (keyof typeof ANSWERS | 'hangs' | 'asked')[];
  /** What the host's clock is set by at each send, in hours. */
  readonly setByHours: readonly number[];
}

/** When what was sent, by the monotonic clock. */
async function sentBy({ answers, setByHours }: Run): Promise<readonly Sent[]> {
  const script: Script = (batch, call, index) => {
    world.time.setClock((setByHours[index % setByHours.length] ?? 0) * HOUR_MS);
    const answer = answers[index] ?? 'acked';
    if (answer === 'hangs') return hangs(batch, call, index);
    return answer === 'asked' ? { ...refused, retryAfterMs: 90_000 } : ANSWERS[answer];
  };
  const config = { batch: { max_events: 3, max_age: 2_000 } };
  const world: LaneWorld = new LaneWorld({ events: 16, config, limits: { maxInFlight: 2 }, script }).start();
  await world.idle();
  return world.sent;
}

const answers = fc.array(
  fc.constantFrom<Run['answers'][number]>(
    'acked',
    'blocked',
    'refused',
    'rejected',
    'tooLarge',
    'unanswered',
    'hangs',
    'asked',
  ),
  { maxLength: 30 },
);

describe('whatever the clock is set to', () => {
  test('everything is sent at the same moments', async () => {
    const jumps = fc.array(fc.constantFrom(-72, -6, -1, 0, 2, 720), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(answers, jumps, async (script, setByHours) => {
        const still = await sentBy({ answers: script, setByHours: [0] });
        expect(await sentBy({ answers: script, setByHours })).toEqual(still);
      }),
      { numRuns: 60 },
    );
  });

  test.each([-72, -6, 2, 720])('set by %s hours: a peer that is down is tried again within a minute', async (hours) => {
    const world = new LaneWorld({
      events: 40,
      limits: { maxInFlight: 2 },
      random: () => 1,
      script: () => refused,
    }).start();
    await world.time.until(() => world.sent.length === 20);
    world.time.setClock(hours * HOUR_MS);
    await world.time.wait(61_000);
    expect(world.sent.length).toBeGreaterThan(20);
  });

  test.each([-72, 2, 720])('set by %s hours: an event is not given up before its hour is over', async (hours) => {
    const script: Script = ({ envelopes }) => (envelopes.some(({ id }) => id === 'e1') ? refused : acked);
    const world = new LaneWorld({ events: 4, script }).start();
    const minutes = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count; minute += 1) {
        world.journal.append([entry(`f${world.journal.entries.length}`)]);
        await world.time.wait(60_000);
      }
    };
    await minutes(30);
    world.time.setClock(hours * HOUR_MS);
    await minutes(29);
    expect(world.letters).toEqual([]);
    await minutes(10);
    expect(world.letters).toMatchObject([{ kind: 'undeliverable', entry: { id: 'e1' } }]);
  });
});
