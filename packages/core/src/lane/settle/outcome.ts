/**
 * What one answer means for each event of the part that was sent: pure, and the table of the design
 * in code. `judge.ts` asks, and corrects it by what is known of other sends.
 */
import type { Failure } from '@audit-relay/sink';
import type { DeadLetter } from '../../journal/dead-letter.ts';
import type { Part } from '../part.ts';
import type { Rendered } from '../read/rendered.ts';
import type { NoAnswer, SendAnswer } from '../send/attempt.ts';
import type { SendVerdict } from '../send/breaker.ts';

/** Retryable answers in a row after which a batch is halved. */
const TRIES_TO_HALVE = 3;

/** As many of what was left over when the peer took the rest, before it tells something of the peer. */
const TRIES_TO_TELL = 3;

/** An event that will not be sent again. */
export interface Dead {
  readonly item: Rendered;
  readonly kind: DeadLetter['kind'];
  readonly reason: string;
  /** How often it was sent. */
  readonly attempts: number;
  /** When it was first sent, by the host's clock. Absent: never. */
  readonly firstMs?: number;
  /** The sink itself refused it: the peer has not heard of it. */
  readonly unasked?: boolean;
}

/** Events that the sink left out by one rule of its own. */
export interface Excluded {
  readonly rule: string;
  readonly items: readonly Rendered[];
}

export interface PartOutcome {
  /** As counted in the status. */
  readonly kind: SendAnswer['kind'];
  readonly verdict: SendVerdict;
  /** Why not all of it was acked: of several reasons the one that holds events up. */
  readonly reason?: string;
  readonly acked: readonly Rendered[];
  readonly dead: readonly Dead[];
  readonly excluded: readonly Excluded[];
  /** To be sent again, in journal order. */
  readonly again: readonly Part[];
}

/** The wait before the `tries`-th try, in milliseconds. */
export type Backoff = (tries: number, askedMs?: number) => number;

type ItemFailure = Failure | NoAnswer;

/** What becomes of `part`, which has just been sent and got `answer`. */
export function outcomeOf(part: Part, answer: SendAnswer, backoff: Backoff): PartOutcome {
  const failures = failuresByIndex(answer, part.items.length);
  if (typeof failures === 'string') return outcomeOf(part, { kind: 'broken', reason: failures }, backoff);
  const acked = part.items.filter((_, index) => !failures.has(index));
  // An answer that took some of it is no longer one of several failures in a row.
  const rest = acked.length > 0 ? { tries: 0, leftOver: true } : {};
  const sent: Part = { ...part, ...rest, sends: part.sends + 1, waitMs: 0 };
  const named = answer.kind === 'partial';
  const outcomes = groups(sent, failures).map((group) => groupOutcome({ ...group, named }, backoff));
  const why = decisive([...failures.values()]);
  return {
    kind: answer.kind,
    verdict: verdictOf([...failures.values()], acked.length),
    ...(why === undefined ? {} : { reason: why.reason }),
    acked,
    dead: outcomes.flatMap(({ dead }) => dead ?? []),
    excluded: outcomes.flatMap(({ excluded }) => excluded ?? []),
    again: outcomes.flatMap(({ again }) => again ?? []).sort((a, b) => firstNumber(a) - firstNumber(b)),
  };
}

/** True when it tells that the sink does not take events now: some peers refuse a few of each batch for a while. */
export function tellsOfSink({ tries, leftOver }: Part): boolean {
  return tries >= (leftOver ? TRIES_TO_TELL : 1);
}

/** By which parts of different batches, and the two halves of one, are told apart. */
export function firstNumber({ items }: Part): number {
  return items[0]?.number ?? 0;
}

/** Why each failed event failed; a text when the answer cannot be true of `count` events. */
function failuresByIndex(answer: SendAnswer, count: number): ReadonlyMap<number, ItemFailure> | string {
  if (answer.kind === 'acked') return new Map();
  if (answer.kind !== 'partial') return new Map(Array.from({ length: count }, (_, index) => [index, answer]));
  const failures = new Map(answer.failures.map(({ index, failure }) => [index, failure]));
  if (failures.size !== answer.failures.length) return 'the sink named an event twice in a partial answer';
  for (const index of failures.keys()) {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      return `the sink named event ${index} in a partial answer to ${count} events, which count from 0`;
    }
  }
  if (answer.acked + failures.size === count) return failures;
  return `the sink counted ${answer.acked} acked and ${failures.size} failed of ${count} events`;
}

/** From what the operator should read first: what stops everything, what waits, what is over; that an event is left out tells nothing of the peer. */
const URGENCY: readonly (readonly ItemFailure['kind'][])[] = [
  ['blocked'],
  ['retryable', 'aborted', 'broken'],
  ['rejected', 'too_large'],
];

function decisive(failures: readonly ItemFailure[]): ItemFailure | undefined {
  for (const kinds of URGENCY) {
    const found = failures.find(({ kind }) => kinds.includes(kind));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Group {
  readonly part: Part;
  readonly failure: ItemFailure;
}

/** Events that go the same way stay together; each group is in journal order. */
function groups(part: Part, failures: ReadonlyMap<number, ItemFailure>): readonly Group[] {
  const byWay = new Map<string, { failure: ItemFailure; readonly items: Rendered[] }>();
  part.items.forEach((item, index) => {
    const failure = failures.get(index);
    if (failure === undefined) return;
    const group = byWay.get(wayOf(failure));
    if (group === undefined) byWay.set(wayOf(failure), { failure, items: [item] });
    else {
      group.items.push(item);
      if (askedMs(failure) > askedMs(group.failure)) group.failure = failure;
    }
  });
  return [...byWay.values()].map(({ failure, items }) => ({ part: { ...part, items }, failure }));
}

function wayOf(failure: ItemFailure): string {
  switch (failure.kind) {
    case 'retryable':
      return failure.why === 'unanswered' ? 'again as replay' : 'again';
    case 'rejected':
      // Each dead letter has its own reason.
      return `rejected${isUnasked(failure) ? ' unasked' : ''}: ${failure.reason}`;
    case 'excluded':
      return `excluded: ${failure.rule}`;
    default:
      return failure.kind;
  }
}

function askedMs(failure: ItemFailure): number {
  return failure.kind === 'retryable' ? (failure.retryAfterMs ?? 0) : 0;
}

interface GroupOutcome {
  readonly dead?: readonly Dead[];
  readonly excluded?: readonly Excluded[];
  readonly again?: readonly Part[];
}

function groupOutcome({ part, failure, named }: Group & { readonly named: boolean }, backoff: Backoff): GroupOutcome {
  switch (failure.kind) {
    case 'retryable':
      return { again: retry({ ...part, replay: part.replay || failure.why === 'unanswered' }, failure, backoff) };
    case 'aborted':
    case 'broken':
      return { again: retry({ ...part, replay: true }, failure, backoff) };
    case 'too_large':
      if (part.items.length > 1) return { again: halves({ ...part, tries: 0 }) };
      return { dead: deadOf(part, 'too_large', failure.reason) };
    case 'rejected':
      // Which of them is to blame is not known, nor whether the others are stored.
      if (part.items.length > 1 && !named) return { again: halves({ ...part, replay: true, tries: 0 }) };
      return {
        dead: deadOf(part, 'rejected', failure.reason).map((dead) => ({ ...dead, unasked: isUnasked(failure) })),
      };
    case 'blocked':
      return { again: [part] };
    case 'excluded':
      return { excluded: [{ rule: failure.rule, items: part.items }] };
  }
}

function retry(part: Part, failure: ItemFailure, backoff: Backoff): readonly Part[] {
  const tries = part.tries + 1;
  const waiting: Part = { ...part, tries, waitMs: backoff(tries, askedMs(failure)) };
  return tries % TRIES_TO_HALVE === 0 && part.items.length > 1 ? halves(waiting) : [waiting];
}

/** The second goes out after the first is done with, so it needs no wait of its own. */
function halves(part: Part): readonly Part[] {
  const middle = Math.ceil(part.items.length / 2);
  return [
    { ...part, items: part.items.slice(0, middle) },
    { ...part, items: part.items.slice(middle), waitMs: 0 },
  ];
}

function deadOf({ items, sends, firstMs }: Part, kind: Dead['kind'], reason: string): readonly Dead[] {
  const sent = { attempts: sends, ...(firstMs !== undefined && { firstMs }) };
  return items.map((item) => ({ item, kind, reason, ...sent }));
}

function verdictOf(failures: readonly ItemFailure[], acked: number): SendVerdict {
  if (failures.some(({ kind }) => kind === 'blocked')) return 'blocked';
  if (acked === 0 && failures.every(isUnasked)) return 'unasked';
  const judged = acked > 0 || failures.some(({ kind }) => kind === 'rejected' || kind === 'too_large');
  return judged ? 'answered' : 'failed';
}

/** Judged by the sink alone, so that it tells nothing of the peer. */
function isUnasked(failure: ItemFailure): boolean {
  return failure.kind === 'excluded' || (failure.kind === 'rejected' && failure.unasked === true);
}
