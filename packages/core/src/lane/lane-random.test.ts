/**
 * Any answers, any restarts: every event is accounted for by its id, and none goes out twice unmarked.
 * A failure prints fast-check's seed and the shrunk script of answers.
 */
import type { Failure, SendCall, SendResult } from '@audit-relay/sink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, hangs, never, type Script, World } from './lane.test.world.ts';

type Step = 'acked' | 'partial' | 'lie' | 'throw' | 'abort' | 'hang' | 'accept' | 'kill' | 'reopen' | Failure['kind'];

interface Move {
  readonly step: Step;
  readonly why: 'refused' | 'unanswered' | 'failed';
  /** Picks the events that fail in a partial answer. */
  readonly bits: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  step: fc.constantFrom<Step>(
    'acked',
    'acked',
    'partial',
    'partial',
    'retryable',
    'too_large',
    'rejected',
    'blocked',
    'lie',
    'throw',
    'abort',
    'hang',
    'accept',
    'kill',
    'reopen',
  ),
  why: fc.constantFrom('refused', 'unanswered', 'failed'),
  bits: fc.nat(),
});

const KINDS = ['retryable', 'too_large', 'rejected', 'blocked'] as const;

function failure({ why, bits }: Move, kind: Failure['kind'] = KINDS[bits % 4] ?? 'blocked'): Failure {
  return kind === 'retryable' ? { kind, why, reason: 'random' } : { kind, reason: 'random' };
}

function partial(count: number, { why, bits }: Move): SendResult {
  const failures = Array.from({ length: count }, (_, index) => ({
    index,
    failure: failure({ step: 'partial', why, bits: bits >> index }),
  }));
  const failing = failures.filter(({ index }) => (bits >> (index + 3)) % 2 === 1);
  return { kind: 'partial', acked: count - failing.length, failures: failing };
}

/** What the peer knows: how often it was shown each event, and how often it may have kept it unmarked. */
class Peer {
  readonly shown = new Map<string, number>();
  readonly stored = new Set<string>();
  readonly doubled: string[] = [];

  /** The events are at the peer, whether it says so or not. */
  store(ids: readonly string[], replay: boolean): void {
    for (const id of ids) {
      if (this.stored.has(id) && !replay) this.doubled.push(id);
      this.stored.add(id);
    }
  }
}

interface Run {
  readonly events: number;
  readonly concurrency: number;
  readonly moves: readonly Move[];
}

/** Plays the moves, one a send, then lets everything be acked. */
async function play({ events, concurrency, moves }: Run): Promise<{ world: World; peer: Peer }> {
  const peer = new Peer();
  const left = [...moves];
  const tasks: Promise<void>[] = [];
  const script: Script = (batch, call, index) => {
    const next = left.shift();
    const ids = batch.envelopes.map(({ id }) => id);
    const result = next === undefined ? acked : answer(next, ids.length, () => script2(next, call));
    return result instanceof Promise ? result : storeAnd(result, ids, batch.replay);
    function script2(chosen: Move, sendCall: SendCall): Promise<SendResult> {
      // It may have been stored: the peer never said.
      peer.store(ids, batch.replay);
      if (chosen.step === 'kill') queueMicrotask(() => world.restart());
      return chosen.step === 'abort'
        ? Promise.resolve(hangs(batch, sendCall, index))
        : Promise.resolve(never(batch, sendCall, index));
    }
  };
  const storeAnd = (result: SendResult, ids: readonly string[], replay: boolean): SendResult => {
    const failing = new Map(
      result.kind === 'partial' ? result.failures.map(({ index, failure }) => [index, failure] as const) : [],
    );
    const whole = result.kind === 'acked' || result.kind === 'partial' ? undefined : result;
    const kept = ids.filter((_, index) => {
      const why = failing.get(index) ?? whole;
      return why === undefined || (why.kind === 'retryable' && why.why === 'unanswered');
    });
    peer.store(kept, replay);
    return result;
  };
  const answer = (next: Move, count: number, silence: () => Promise<SendResult>): SendResult | Promise<SendResult> => {
    switch (next.step) {
      case 'acked':
        return acked;
      case 'partial':
        return partial(count, next);
      case 'lie':
        return { kind: 'partial', acked: count + 1, failures: [] };
      case 'throw':
        throw new Error('random');
      case 'reopen':
        tasks.push(world.lane.reopen({}));
        return acked;
      case 'accept':
      case 'abort':
      case 'hang':
      case 'kill':
        return silence();
      default:
        return failure(next, next.step);
    }
  };
  const limits = { maxEvents: 5, maxInFlight: concurrency, maxUnackedBytes: 900, confirmMs: 60_000 };
  const when = ({ id }: { readonly id: string }): 'pass' | 'exclude' => (id.endsWith('7') ? 'exclude' : 'pass');
  const world: World = new World({ events, script, limits, config: { max_ahead: 12 }, when }).start();
  await world.idle();
  return { world, peer };
}

describe('any answers and any kills', () => {
  const runs = fc.record({
    events: fc.integer({ min: 1, max: 40 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    moves: fc.array(move, { maxLength: 40 }),
  });

  test('every event is at the peer, a dead letter or excluded; none is sent twice without replay', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { world, peer } = await play(run);
        const dead = new Set(world.letters.map(({ entry }) => entry.id));
        const lost = world.journal.entries.filter(
          ({ id }) => !id.endsWith('7') && !peer.stored.has(id) && !dead.has(id),
        );
        expect(lost.map(({ id }) => id)).toEqual([]);
        expect(peer.doubled).toEqual([]);
        expect(world.logged).not.toContain('LANE_STOPPED');
        expect(world.lane.status().heldEntries).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  test('with one slot and no partial answers the first sight of events is in journal order', async () => {
    const whole = fc.array(
      move.filter(({ step }) => !['partial', 'too_large', 'retryable'].includes(step)),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(whole, async (moves) => {
        const { world } = await play({ events: 30, concurrency: 1, moves });
        const first = [...new Set(world.sent.flatMap(({ ids }) => ids))].map((id) => Number(id.slice(1)));
        expect(first).toEqual([...first].sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });
});
