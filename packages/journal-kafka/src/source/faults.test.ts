/** What every failure of a cluster comes to: a commit that is slow, or a journal that is lost; and never an event that is lost or there twice. */
import { JournalFull, RelayError, Signal, type SourceParts } from '@audit-relay/core/journal';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeCluster, type Fault, type Request } from '../__fixtures__/fake-cluster.ts';
import { kafkaJournalConfigSchema } from '../config.ts';
import { Collector } from './collector.ts';

const config = kafkaJournalConfigSchema.parse({ brokers: ['127.0.0.1:1'], partitions: 1 });
const NEVER = new AbortController().signal;
const START = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
const boundless: SourceParts['room'] = {
  forEntries: () => ({ keys: [], change: 0 }),
  apply: () => undefined,
  wait: async () => undefined,
};

interface World {
  readonly cluster: FakeCluster;
  readonly codes: string[];
  /** Those at level error. */
  readonly alarms: string[];
  /** What was asked, with the times that the group was. */
  readonly asked: (Request | 'confirm')[];
  sleptMs(): number;
  collector(confirm?: () => Promise<void>): Promise<Collector>;
}

function world(room: SourceParts['room'] = boundless): World {
  const cluster = new FakeCluster();
  const codes: string[] = [];
  const alarms: string[] = [];
  const asked: (Request | 'confirm')[] = [];
  let elapsedMs = 0;
  const runtime = {
    now: () => 0,
    elapsedMs: () => elapsedMs,
    random: () => 0,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      elapsedMs += ms;
    },
    log: (level: string, code: string) => {
      if (level !== 'debug') codes.push(code);
      if (level === 'error') alarms.push(code);
    },
  };
  const collector = (confirm: () => Promise<void> = async () => undefined): Promise<Collector> =>
    Collector.open({
      config,
      client: cluster.client,
      assignment: {
        generation: 1,
        memberId: 'm',
        partitions: [0],
        revoked: new AbortController().signal,
        drainMs: 0,
        confirm: () => {
          asked.push('confirm');
          return confirm();
        },
      },
      runtime,
      room,
      arrived: new Signal(),
      signal: NEVER,
    });
  return { cluster, codes, alarms, asked, sleptMs: () => elapsedMs, collector };
}

function entriesOf(ids: readonly string[]) {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return ids.map((id) => ({ id, type: 't', timeMs: 0, receivedMs: 0, ...origin, raw: '{}' }));
}

function commit(collector: Collector, ids: readonly string[], startSeconds = 1) {
  const advance = () => ({ ...START, startSeconds });
  return collector.source('acme').commit({ feed: 'organization', advance, entries: entriesOf(ids) }, NEVER);
}

/** How many entries are there for whoever reads what is committed, by the records' own word. */
function standing({ cluster }: World): number {
  const records = cluster.committed('audit-relay.entries', 0);
  return records.reduce((sum, { headers }) => sum + Number(headers['count']), 0);
}

/** At the `nth` request of a kind, once. */
function once(kind: Request, fault: Fault): (request: Request) => Fault | undefined {
  let isOver = false;
  return (request) => {
    if (isOver || request !== kind) return undefined;
    isOver = true;
    return fault;
  };
}

const code = (number: number): Fault => ({ kind: 'code', code: number });

describe('a commit that meets it once is slow, and in once', () => {
  test.each<{ name: string; at: Request; fault: Fault }>([
    { name: 'a coordinator that is busy with the last transaction', at: 'add', fault: code(51) },
    { name: 'a coordinator that has moved', at: 'add', fault: code(16) },
    { name: 'a coordinator that loads', at: 'add', fault: code(14) },
    { name: 'a question that is lost', at: 'add', fault: { kind: 'lost_question' } },
    { name: 'an answer that is lost', at: 'add', fault: { kind: 'lost_answer' } },
    { name: 'a leader that has moved', at: 'produce', fault: code(6) },
    { name: 'too few replicas', at: 'produce', fault: code(19) },
    { name: 'too few replicas once it is written', at: 'produce', fault: code(20) },
    { name: 'a sequence that is out of order', at: 'produce', fault: code(45) },
    { name: 'a producer that the leader has forgotten', at: 'produce', fault: code(59) },
    { name: 'no right to write', at: 'produce', fault: code(29) },
    { name: 'records whose question is lost', at: 'produce', fault: { kind: 'lost_question' } },
    { name: 'records whose answer is lost', at: 'produce', fault: { kind: 'lost_answer' } },
    { name: 'an end that is never heard', at: 'end', fault: { kind: 'lost_question' } },
    { name: 'an end that is done and not answered', at: 'end', fault: { kind: 'lost_answer' } },
    { name: 'an end that the coordinator cannot do now', at: 'end', fault: code(15) },
    { name: 'a code that nobody knows', at: 'end', fault: code(-1) },
  ])('$name', async ({ at, fault }) => {
    const seen = world();
    const collector = await seen.collector();
    await commit(collector, ['a']);
    seen.cluster.onRequest = once(at, fault);
    expect((await commit(collector, ['a', 'b', 'c'], 2)).journaled).toHaveLength(2);
    expect(collector.source('acme').checkpoint('organization')).toMatchObject({ startSeconds: 2 });
    expect((await commit(collector, ['b', 'd'], 3)).journaled).toHaveLength(1);
    expect(standing(seen)).toBe(4);
    expect(collector.lost.aborted).toBe(false);
    // A producer that has failed was not used again.
    const inits = seen.cluster.requests.filter((request) => request === 'init').length;
    expect(inits).toBe(fault.kind === 'code' && fault.code === 51 ? 1 : 2);
    await collector.close();
  });
});

describe('a refusal that lasts is waited for with pauses, said once, and over when it is', () => {
  test.each([
    { name: 'too few replicas', refusal: 19 },
    { name: 'no right to write', refusal: 29 },
    { name: 'a time that the topic does not take', refusal: 32 },
    { name: 'records that the broker finds invalid', refusal: 87 },
  ])('$name', async ({ refusal }) => {
    const seen = world();
    const collector = await seen.collector();
    await commit(collector, ['a']);
    let refused = 0;
    const problems = new Set<string | undefined>();
    seen.cluster.onRequest = (request) => {
      if (request !== 'produce' || refused >= 12) return undefined;
      refused += 1;
      if (refused > 2) problems.add(collector.unwritable?.code);
      return code(refusal);
    };
    const sleptBefore = seen.sleptMs();
    expect((await commit(collector, ['a', 'b'], 2)).journaled).toHaveLength(1);
    // Ever longer, up to 10 s: twelve tries are not made in a second.
    expect(seen.sleptMs() - sleptBefore).toBeGreaterThan(30_000);
    expect(problems).toEqual(new Set(['JOURNAL_PEER']));
    expect(seen.codes.filter((each) => each === 'JOURNAL_PEER')).toHaveLength(1);
    expect([seen.codes.at(-1), collector.unwritable]).toEqual(['JOURNAL_PEER_BACK', undefined]);
    expect(standing(seen)).toBe(2);
    await collector.close();
  });
});

describe('a commit that is fenced is refused, and the journal is lost for good', () => {
  test.each<{ name: string; at: Request; fault: Fault }>([
    { name: 'by another owner, before its records', at: 'add', fault: { kind: 'fenced' } },
    { name: 'by another owner, in the middle', at: 'produce', fault: { kind: 'fenced' } },
    { name: 'by another owner, at its end', at: 'end', fault: { kind: 'fenced' } },
    { name: 'by its own time-out', at: 'end', fault: { kind: 'timed_out' } },
    { name: 'with the newer code', at: 'end', fault: code(90) },
  ])('$name', async ({ at, fault }) => {
    const seen = world();
    const collector = await seen.collector();
    await commit(collector, ['a']);
    seen.cluster.onRequest = once(at, fault);
    await expect(commit(collector, ['b'], 2)).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
    expect(collector.lost.reason).toMatchObject({ code: 'JOURNAL_LOST' });
    const before = seen.cluster.requests.length;
    await expect(commit(collector, ['c'], 3)).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
    await collector.close();
    // Not a word to the coordinator: the id is another's.
    expect(seen.cluster.requests.slice(before)).toEqual([]);
    expect(standing(seen)).toBe(1);
  });
});

test('after a failure nobody asks for the id before the group has been asked, and nobody writes before it has been asked again', async () => {
  const seen = world();
  const collector = await seen.collector();
  const inits: number[] = [];
  seen.cluster.onRequest = (request) => {
    seen.asked.push(request);
    if (request === 'init') inits.push(seen.asked.length - 1);
    return undefined;
  };
  const fault = once('end', { kind: 'lost_question' });
  const watch = seen.cluster.onRequest;
  seen.cluster.onRequest = (request) => watch(request) ?? fault(request);
  await commit(collector, ['a']);
  expect(inits).toHaveLength(1);
  for (const at of inits) expect([seen.asked[at - 1], seen.asked[at + 1]]).toEqual(['confirm', 'confirm']);
  await collector.close();
});

test('who is told by the group that its time is over does not ask for the id, whatever has failed before', async () => {
  const seen = world();
  let isOver = false;
  const collector = await seen.collector(async () => {
    if (isOver) throw new RelayError('JOURNAL_REASSIGNED', 'over');
  });
  await commit(collector, ['a']);
  isOver = true;
  seen.cluster.onRequest = once('produce', { kind: 'lost_answer' });
  await expect(commit(collector, ['b'], 2)).rejects.toMatchObject({ code: 'JOURNAL_REASSIGNED' });
  expect(seen.cluster.requests.filter((request) => request === 'init')).toHaveLength(1);
  // An ordinary rebalance is no alarm.
  expect(seen.alarms).toEqual([]);
  await collector.close();
});

test('a cluster that is away for long is told once, and once that it is back', async () => {
  const seen = world();
  const collector = await seen.collector();
  let left = 40;
  seen.cluster.onRequest = () => {
    left -= 1;
    return left > 0 ? { kind: 'lost_question' } : undefined;
  };
  const slow = commit(collector, ['a']);
  expect((await slow).journaled).toHaveLength(1);
  expect(seen.codes).toEqual(['JOURNAL_PEER', 'JOURNAL_PEER_BACK']);
  expect(collector.unwritable).toBeUndefined();
  await collector.close();
});

test('a commit that waits for room is not taken along by the next try of those that do not', async () => {
  let isFull = true;
  let goOn: () => void = () => undefined;
  const roomAgain = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const seen = world({
    ...boundless,
    forEntries: (bytes) => {
      if (isFull && bytes > 0) throw new JournalFull(bytes);
      return { keys: [], change: 0 };
    },
    wait: () => roomAgain,
  });
  const collector = await seen.collector();
  const entries = entriesOf(['b']).map((entry) => ({ ...entry, source: 'bolt' }));
  const advance = () => START;
  const waiting = collector.source('bolt').commit({ feed: 'organization', advance, entries }, NEVER);
  seen.cluster.onRequest = once('produce', code(6));
  const faults = seen.cluster.onRequest;
  seen.cluster.onRequest = (request) => {
    const fault = faults(request);
    // There is room from then on, and nobody has told who waits.
    if (fault !== undefined) isFull = false;
    return fault;
  };
  await commit(collector, []);
  expect(standing(seen)).toBe(0);
  goOn();
  expect((await waiting).journaled).toHaveLength(1);
  await collector.close();
});

test('whatever fails, whenever: what was answered is there once, and nothing else is, after any number of owners', async () => {
  const requests: readonly Request[] = ['init', 'add', 'produce', 'end', 'fetch', 'offsets'];
  const fault: fc.Arbitrary<Fault> = fc.oneof(
    fc.constantFrom(3, 6, 7, 14, 15, 16, 19, 20, 45, 49, 51, 59, 89).map(code),
    fc.constant({ kind: 'lost_question' } as const),
    fc.constant({ kind: 'lost_answer' } as const),
    fc.constant({ kind: 'fenced' } as const),
  );
  const plan = fc.record({
    faults: fc.array(fc.record({ at: fc.constantFrom(...requests), after: fc.nat(4), fault }), { maxLength: 12 }),
    commits: fc.array(fc.array(fc.nat(12), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ faults, commits }) => {
      const seen = world();
      const waiting = faults.map((one) => ({ ...one }));
      seen.cluster.onRequest = (request) => {
        const at = waiting.findIndex((one) => one.at === request);
        const next = waiting[at];
        if (next === undefined) return undefined;
        if (next.after > 0) {
          waiting[at] = { ...next, after: next.after - 1 };
          return undefined;
        }
        waiting.splice(at, 1);
        return next.fault;
      };
      let collector = await opened(seen);
      const known = new Set<string>();
      for (const [n, numbers] of commits.entries()) {
        const ids = [...new Set(numbers.map((number) => `e${number}`))];
        const done = await committedByAny(seen, { collector, ids, n });
        collector = done.collector;
        // An earlier try of the same may be in although it was refused: then nothing of it is new.
        expect(done.journaled.filter((id) => known.has(id))).toEqual([]);
        for (const id of ids) known.add(id);
        expect(collector.source('acme').checkpoint('organization')).toMatchObject({ startSeconds: n });
        expect(standing(seen)).toBe(known.size);
      }
      await collector.close();
    }),
    { numRuns: 60 },
  );
});

/** By as many owners as it takes. */
async function committedByAny(
  seen: World,
  { collector, ids, n }: { readonly collector: Collector; readonly ids: readonly string[]; readonly n: number },
): Promise<{ readonly collector: Collector; readonly journaled: readonly string[] }> {
  try {
    const { journaled } = await commit(collector, ids, n);
    return { collector, journaled: journaled.map(({ id }) => id) };
  } catch (error) {
    expect(error).toMatchObject({ code: 'JOURNAL_LOST' });
    await collector.close();
    return committedByAny(seen, { collector: await opened(seen), ids, n });
  }
}

async function opened(seen: World): Promise<Collector> {
  for (;;) {
    try {
      return await seen.collector();
    } catch (error) {
      expect(error).toMatchObject({ code: 'JOURNAL_LOST' });
    }
  }
}

test('a configuration that changes nothing of a source asks the cluster for nothing', async () => {
  const seen = world();
  const collector = await seen.collector();
  const origin = { dialect: 'audit_logs', baseUrl: 'https://a/v1', key: 'k1' } as const;
  const configuration = { sources: [{ name: 'acme', feeds: ['organization'], origin }], lanes: [] } as const;
  await collector.configure(configuration);
  expect(seen.cluster.committed('audit-relay.state', 0)).not.toHaveLength(0);
  const before = seen.asked.length + seen.cluster.requests.length;
  await collector.configure(configuration);
  expect(seen.asked.length + seen.cluster.requests.length).toBe(before);
});
