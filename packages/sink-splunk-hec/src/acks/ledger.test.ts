/** Whom a word about an id is about, when indexers restart and answers come late or never. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AckLedger, type AckOutcome, type Ticket, type Waiting } from './ledger.ts';

/** Outcomes so far, by name. */
async function outcomesOf(
  waiting: Readonly<Record<string, Waiting>>,
): Promise<Readonly<Record<string, AckOutcome | undefined>>> {
  const entries = Object.entries(waiting).map(async ([name, { outcome }]) => {
    return [name, await Promise.race([outcome, Promise.resolve().then(() => undefined)])] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const taken = (ledger: AckLedger, id: number): Waiting => ledger.took(ledger.begin(), id).waiting;

describe('a batch is indexed', () => {
  test('when its id is said to be, and no other', async () => {
    const ledger = new AckLedger();
    const [a, b] = [taken(ledger, 0), taken(ledger, 1)];
    ledger.indexed([b]);
    expect(await outcomesOf({ a, b })).toEqual({ a: undefined, b: 'indexed' });
    expect(ledger.asked()).toEqual([a]);
  });

  test('answers may come in another order than the requests went', async () => {
    const ledger = new AckLedger();
    const [first, second] = [ledger.begin(), ledger.begin()];
    expect(ledger.took(second, 1).hasRestarted).toBe(false);
    expect(ledger.took(first, 0).hasRestarted).toBe(false);
    expect(ledger.size).toBe(2);
  });

  test('only once no request is on its way that may have been given its id anew', async () => {
    const ledger = new AckLedger();
    const a = taken(ledger, 0);
    const underway = ledger.begin();
    ledger.indexed([a]);
    expect(await outcomesOf({ a })).toEqual({ a: undefined });
    ledger.took(underway, 1);
    expect(await outcomesOf({ a })).toEqual({ a: 'indexed' });
  });

  test('not by a word about a batch that has its id by now', async () => {
    const ledger = new AckLedger();
    const old = taken(ledger, 0);
    const asked = ledger.asked();
    const fresh = taken(ledger, 0);
    ledger.indexed(asked);
    expect(await outcomesOf({ old, fresh })).toEqual({ old: 'restarted', fresh: undefined });
  });
});

describe('an answer that was lost', () => {
  test('leaves the word in doubt until the ids are seen to go on', async () => {
    const ledger = new AckLedger();
    for (let id = 0; id < 5; id += 1) ledger.forget(taken(ledger, id));
    const a = taken(ledger, 5);
    ledger.lost(ledger.begin());
    ledger.indexed([a]);
    expect(await outcomesOf({ a })).toEqual({ a: undefined });
    taken(ledger, 7);
    expect(await outcomesOf({ a })).toEqual({ a: 'indexed' });
  });

  test('is one of a new process where ids were seen to begin anew, however they go on', async () => {
    const ledger = new AckLedger();
    ledger.forget(taken(ledger, 0));
    const b = taken(ledger, 1);
    const c = taken(ledger, 0);
    ledger.lost(ledger.begin());
    ledger.indexed([b]);
    const e = taken(ledger, 2);
    expect(await outcomesOf({ b, c, e })).toEqual({ b: 'restarted', c: undefined, e: undefined });
  });

  test('leaves those in doubt too whose answers come after it', async () => {
    const ledger = new AckLedger();
    const [early, lost] = [ledger.begin(), ledger.begin()];
    ledger.lost(lost);
    const a = ledger.took(early, 0).waiting;
    ledger.indexed([a]);
    expect(await outcomesOf({ a })).toEqual({ a: undefined });
  });

  test('and a new process makes it a restart, whatever was said', async () => {
    const ledger = new AckLedger();
    const a = taken(ledger, 0);
    ledger.lost(ledger.begin());
    ledger.indexed([a]);
    const b = taken(ledger, 1);
    const c = taken(ledger, 1);
    expect(await outcomesOf({ a, b, c })).toEqual({ a: 'restarted', b: 'restarted', c: undefined });
  });
});

test('settled as one, nobody waits any longer', async () => {
  const ledger = new AckLedger();
  const a = taken(ledger, 0);
  ledger.settleAll('refused');
  expect([await a.outcome, ledger.size]).toEqual(['refused', 0]);
});

/** What may happen to an indexer and the way to it. */
type Move = 'send' | 'arrive' | 'answer' | 'lose' | 'refuse' | 'index' | 'poll' | 'restart' | 'poll lost';

/** An indexer process as Splunk has it, and all that is on its way. */
class Peer {
  readonly ledger = new AckLedger();
  readonly false: string[] = [];
  /** Names of what is on disk, whatever became of its process. */
  readonly indexed = new Set<string>();
  /** Statuses of the process that runs: the names by id. */
  #statuses = new Map<number, { readonly name: string; isIndexed: boolean }>();
  #next = 0;
  #names = 0;
  readonly #sent: { readonly name: string; readonly ticket: Ticket }[] = [];
  readonly #arrived: { readonly name: string; readonly ticket: Ticket; readonly id: number }[] = [];

  play(move: Move, pick: number): void {
    const moves: Record<Move, () => void> = {
      send: () => this.#sent.push({ name: `b${this.#names++}`, ticket: this.ledger.begin() }),
      arrive: () => this.#arrive(pick),
      answer: () => this.#answer(pick, true),
      lose: () => this.#answer(pick, false),
      refuse: () => this.#refuse(pick),
      index: () => {
        for (const status of this.#statuses.values()) this.#index(status);
      },
      poll: () => this.#poll(true),
      'poll lost': () => this.#poll(false),
      restart: () => this.#restart(),
    };
    moves[move]();
  }

  #refuse(pick: number): void {
    const [request] = this.#sent.splice(pick % Math.max(1, this.#sent.length), 1);
    if (request !== undefined) this.ledger.refused(request.ticket);
  }

  #answer(pick: number, isHeard: boolean): void {
    const [reply] = this.#arrived.splice(pick % Math.max(1, this.#arrived.length), 1);
    if (reply === undefined) return;
    if (isHeard) this.#watch(reply.name, this.ledger.took(reply.ticket, reply.id).waiting);
    else this.ledger.lost(reply.ticket);
  }

  #arrive(pick: number): void {
    const [request] = this.#sent.splice(pick % Math.max(1, this.#sent.length), 1);
    if (request === undefined) return;
    this.#statuses.set(this.#next, { name: request.name, isIndexed: false });
    this.#arrived.push({ ...request, id: this.#next });
    this.#next += 1;
  }

  #index(status: { readonly name: string; isIndexed: boolean }): void {
    status.isIndexed = true;
    this.indexed.add(status.name);
  }

  #restart(): void {
    this.#statuses = new Map();
    this.#next = 0;
  }

  /** `true` is told once, also when its answer is lost. */
  #poll(isHeard: boolean): void {
    const asked = this.ledger.asked();
    const yes = asked.filter(({ id }) => this.#statuses.get(id)?.isIndexed === true);
    for (const { id } of yes) this.#statuses.delete(id);
    if (isHeard) this.ledger.indexed(yes);
  }

  #watch(name: string, { outcome }: Waiting): void {
    outcome
      .then((is) => {
        if (is === 'indexed' && !this.indexed.has(name)) this.false.push(name);
      })
      .catch(() => undefined);
  }
}

const MOVES: readonly Move[] = ['send', 'arrive', 'answer', 'lose', 'refuse', 'index', 'poll', 'poll lost', 'restart'];

test('whatever happens, none counts as indexed that is not', async () => {
  const often = MOVES.slice(0, 3).map((move) => ({ weight: 6, arbitrary: fc.constant(move) }));
  const seldom = MOVES.slice(3).map((move) => ({ weight: 2, arbitrary: fc.constant(move) }));
  const story = fc.array(fc.tuple(fc.oneof(...often, ...seldom), fc.nat(7)), { maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(story, async (moves) => {
      const peer = new Peer();
      for (const [move, pick] of moves) peer.play(move, pick);
      await new Promise((resolve) => setImmediate(resolve));
      expect(peer.false).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
