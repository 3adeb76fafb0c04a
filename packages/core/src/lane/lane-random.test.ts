/**
 * Any answers, any restarts: every event is accounted for by its id, and none goes out twice unmarked.
 * A failure prints fast-check's seed and the shrunk script of answers.
 */
import type { Batch, ExclusionRule, Failure, SendResult } from '@audit-relay/sink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, entry, hangs, LaneWorld, never, type Script } from './lane.test.world.ts';

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
    'excluded',
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

/** The peer may have stored the batch, and never says so. */
const SILENT: ReadonlySet<Step> = new Set(['throw', 'abort', 'hang', 'accept', 'kill']);

const KINDS = ['retryable', 'too_large', 'rejected', 'blocked', 'excluded'] as const;

function failure({ why, bits }: Move, kind: Failure['kind'] = KINDS[bits % 5] ?? 'blocked'): Failure {
  if (kind === 'excluded') return { kind, rule: 'old', reason: 'random' };
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

/** What the peer has been given, and what came a second time without a mark. */
class Peer {
  readonly stored = new Set<string>();
  /** What the sink has left out by its rule. */
  readonly excluded = new Set<string>();
  readonly doubled: string[] = [];

  store({ envelopes, replay }: Batch, keeps: (index: number) => boolean = () => true): void {
    envelopes.forEach(({ id }, index) => {
      if (!keeps(index)) return;
      if (this.stored.has(id) && !replay) this.doubled.push(id);
      this.stored.add(id);
    });
  }

  /** Keeps what the answer says it has, and what it does not deny to have: of several that were refused as a whole, some. */
  storeAsAnswered(batch: Batch, answer: SendResult, bits: number = 0): void {
    batch.envelopes.forEach(({ id }, index) => {
      const failed = answer.kind === 'partial' ? answer.failures.find((each) => each.index === index)?.failure : answer;
      if (failed?.kind === 'excluded') this.excluded.add(id);
    });
    const isSearched = answer.kind === 'rejected' && batch.envelopes.length > 1;
    this.store(batch, (index) => {
      if (isSearched) return (bits >> index) % 2 === 1;
      const failed = answer.kind === 'partial' ? answer.failures.find((each) => each.index === index)?.failure : answer;
      return (
        failed === undefined || failed.kind === 'acked' || (failed.kind === 'retryable' && failed.why === 'unanswered')
      );
    });
  }
}

function answerOf(chosen: Move | undefined, count: number): SendResult {
  switch (chosen?.step) {
    case 'partial':
      return partial(count, chosen);
    case 'lie':
      return { kind: 'partial', acked: count + 1, failures: [] };
    case 'retryable':
    case 'too_large':
    case 'rejected':
    case 'blocked':
    case 'excluded':
      return failure(chosen, chosen.step);
    default:
      return acked;
  }
}

const exclusions = (): ExclusionRule[] => [{ name: 'old', events: 'some' }];

interface Run {
  readonly events: number;
  /** Picks the events that were read from the API once more. */
  readonly again?: number;
  readonly concurrency: number;
  readonly moves: readonly Move[];
}

/** Plays the moves, one a send, then lets everything be acked. */
async function play({ events, again = 0, concurrency, moves }: Run): Promise<{ world: LaneWorld; peer: Peer }> {
  const peer = new Peer();
  const left = [...moves];
  const script: Script = (batch, call, index) => {
    const chosen = left.shift();
    if (chosen !== undefined && SILENT.has(chosen.step)) {
      peer.store(batch);
      if (chosen.step === 'throw') throw new Error('random');
      if (chosen.step === 'accept') call.accepted();
      if (chosen.step === 'kill') queueMicrotask(() => world.restart());
      return chosen.step === 'hang' ? never(batch, call, index) : hangs(batch, call, index);
    }
    if (chosen?.step === 'reopen') void world.lane.reopen({});
    const answer = answerOf(chosen, batch.envelopes.length);
    peer.storeAsAnswered(batch, answer, chosen?.bits);
    return answer;
  };
  const limits = { maxEvents: 5, maxInFlight: concurrency, maxUnackedBytes: 900, confirmMs: 60_000 };
  const when = ({ id }: { readonly id: string }): 'pass' | 'exclude' => (id.endsWith('7') ? 'exclude' : 'pass');
  const world: LaneWorld = new LaneWorld({ script, limits, config: { max_ahead: 12 }, when, plugin: { exclusions } });
  world.journal.append(
    Array.from({ length: events }, (_, index) => entry(`e${index}`, (again >> (index % 30)) % 2 === 1)),
  );
  world.start();
  await world.idle();
  return { world, peer };
}

describe('any answers and any kills', () => {
  const runs = fc.record({
    events: fc.integer({ min: 1, max: 40 }),
    again: fc.oneof(fc.constant(0), fc.nat()),
    concurrency: fc.integer({ min: 1, max: 4 }),
    moves: fc.array(move, { maxLength: 40 }),
  });

  test('every event is at the peer, a dead letter or excluded; none is sent twice without replay', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { world, peer } = await play(run);
        const dead = new Set(world.letters.map(({ entry }) => entry.id));
        const lost = world.journal.entries.filter(
          ({ id }) => !id.endsWith('7') && !peer.stored.has(id) && !peer.excluded.has(id) && !dead.has(id),
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
