/** The sink as core opens it, for what one `send` says and leaves behind. */
import { setTimeout } from 'node:timers/promises';
import type { Batch, Envelope, Failure, SendResult, Sink } from '@audit-relay/sink';
import { kafka } from '@audit-relay/sink-kafka';
import { batchOf, type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';

export interface OpenSink {
  /** One `send` that nobody aborts. */
  send(batch: Batch): Promise<SendResult>;
  readonly sink: Sink;
  /** What it logged and counted. */
  readonly context: TestContext;
}

/** Opens the sink for the running test, which closes it. `keys` are those of the YAML. */
export async function openSink(brokers: string | readonly string[], keys: object): Promise<OpenSink> {
  // The clock of the machine: brokers compare it with theirs.
  const context = testContext({ now: Date.now, elapsedMs: () => performance.now() });
  const config = kafka.configSchema.parse({ brokers: [brokers].flat(), ...keys });
  const sink = await kafka.open(config, context);
  onTestFinished(() => sink.close());
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  return { sink, context, send: (batch) => sink.send(batch, call) };
}

export interface Settled {
  /** Ids of what the sink answered for as stored. */
  readonly acked: readonly string[];
  /** Ids of what would be dead letters. */
  readonly dead: readonly string[];
  /** All answers but the plain yes, in order. */
  readonly refusals: readonly SendResult[];
}

const MOST_SENDS = 200;

/** Sends until nothing is left, as core does: halves of what is too large or rejected, what may succeed later again. */
export async function settle({ send }: OpenSink, list: readonly Envelope[]): Promise<Settled> {
  const acked: string[] = [];
  const dead: string[] = [];
  const refusals: SendResult[] = [];
  const open: (readonly Envelope[])[] = [list];
  for (let sends = 0; sends < MOST_SENDS; sends += 1) {
    const part = open.shift();
    if (part === undefined) return { acked, dead, refusals };
    const result = await send(batchOf(part, sends > 0));
    if (result.kind !== 'acked') refusals.push(result);
    if (result.kind === 'retryable') await setTimeout(result.retryAfterMs ?? 0);
    const failures = failuresOf(result, part.length);
    acked.push(...part.filter((_, index) => !failures.has(index)).map(({ id }) => id));
    for (const [kind, members] of byKind(failures, part)) {
      if (kind === 'retryable') open.push(members);
      else if (kind === 'blocked') throw new Error(`blocked: ${JSON.stringify(result)}`);
      else if (members.length === 1) dead.push(...members.map(({ id }) => id));
      else open.push(members.slice(0, members.length / 2), members.slice(members.length / 2));
    }
  }
  throw new Error(`not settled after ${MOST_SENDS} sends: ${JSON.stringify(refusals.at(-1))}`);
}

/** What each event of a batch became, in order: `acked` or the kind of its failure. */
export function fates(result: SendResult, count: number): readonly string[] {
  const failures = failuresOf(result, count);
  return Array.from({ length: count }, (_, index) => failures.get(index)?.kind ?? 'acked');
}

function failuresOf(result: SendResult, count: number): ReadonlyMap<number, Failure> {
  if (result.kind === 'acked') return new Map();
  if (result.kind === 'partial') return new Map(result.failures.map(({ index, failure }) => [index, failure]));
  return new Map(Array.from({ length: count }, (_, index) => [index, result]));
}

function byKind(failures: ReadonlyMap<number, Failure>, part: readonly Envelope[]): Map<string, Envelope[]> {
  const groups = new Map<string, Envelope[]>();
  for (const [index, { kind }] of failures) {
    const envelope = part[index];
    if (envelope !== undefined) groups.set(kind, [...(groups.get(kind) ?? []), envelope]);
  }
  return groups;
}
