/**
 * One `send`, from the call to an answer: it ends in bounded time, whatever the sink does.
 * Stands between `sender.ts`, which says what is sent, and the sink.
 */
import type { Failure, SendCall, SendResult, SinkLimits } from '@audit-relay/sink';
import { RelayError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

/** How long a send may still run after its signal has fired, in milliseconds. */
const HUNG_MS = 5_000;

const OTHER_KINDS: ReadonlySet<unknown> = new Set(['too_large', 'blocked']);
/** UTF-16 code units of a reason that are kept: it goes into the log, the status and every dead letter. */
const MOST_REASON = 1_000;
const WHYS: ReadonlySet<unknown> = new Set(['refused', 'unanswered', 'failed']);

/** `aborted`: it threw after its signal had fired, as it may; `broken`: it threw, hung, or said what cannot be. */
export interface NoAnswer {
  readonly kind: 'aborted' | 'broken';
  readonly reason: string;
}

/** A sink's answer, or that it gave none. */
export type SendAnswer = SendResult | NoAnswer;

type FailureAt = Extract<SendResult, { readonly kind: 'partial' }>['failures'][number];

export interface Terms {
  readonly limits: Pick<SinkLimits, 'sendMs' | 'confirmMs'>;
  readonly runtime: Pick<Runtime, 'sleep'>;
  /** Fires when the time to drain is over. */
  readonly ended: AbortSignal;
  /** The peer has taken the request; called once at most. */
  accepted(): void;
}

/** Calls `send` under the time limits. Never throws itself. */
export async function attempt(send: (call: SendCall) => Promise<SendResult>, terms: Terms): Promise<SendAnswer> {
  const { limits, ended } = terms;
  const over = new AbortController();
  const timer = new Timer(terms.runtime);
  const onEnd = (): void => over.abort(ended.reason);
  ended.addEventListener('abort', onEnd, { once: true });
  const expire = (what: string) => (): void => over.abort(new RelayError('SEND_TIMED_OUT', what));
  let accepted = false;
  const call: SendCall = {
    signal: over.signal,
    accepted: () => {
      if (accepted || over.signal.aborted) return;
      accepted = true;
      const confirmMs = limits.confirmMs ?? limits.sendMs;
      timer.set(confirmMs, expire(`not confirmed within ${confirmMs} ms`));
      terms.accepted();
    },
  };
  timer.set(limits.sendMs, expire(`no answer within ${limits.sendMs} ms`));
  try {
    return await new Promise<SendAnswer>((resolve, reject) => {
      over.signal.addEventListener('abort', () => timer.set(HUNG_MS, () => resolve(hung())));
      answerOf(send, call).then(resolve, reject);
    });
  } finally {
    timer.clear();
    // A call that comes after the end must not free what is no longer held.
    accepted = true;
    ended.removeEventListener('abort', onEnd);
  }
}

async function answerOf(send: (call: SendCall) => Promise<SendResult>, call: SendCall): Promise<SendAnswer> {
  try {
    const unknown = { kind: 'broken', reason: 'the sink gave an answer that the contract does not know' } as const;
    return read(await send(call)) ?? unknown;
  } catch (error) {
    if (call.signal.aborted) return { kind: 'aborted', reason: textOf(call.signal.reason) };
    return { kind: 'broken', reason: `it threw: ${textOf(error)}` };
  }
}

/**
 * The answer as values of ours, each read once: the compiler cannot vouch for a sink that was written in plain JavaScript
 * or against another version. Undefined where the contract does not know it.
 */
function read(result: unknown): SendResult | undefined {
  const { kind, busy, acked, failures } = Object(result);
  if (kind === 'acked') return busy === true ? { kind, busy } : { kind };
  if (kind !== 'partial') return readFailure(result);
  if (typeof acked !== 'number' || !Array.isArray(failures)) return undefined;
  const named: FailureAt[] = [];
  for (const item of failures) {
    const { index, failure } = Object(item);
    const known = readFailure(failure);
    if (typeof index !== 'number' || known === undefined) return undefined;
    named.push({ index, failure: known });
  }
  return { kind, acked, failures: named };
}

/** A wait that cannot be is none: the lane then waits as long as it would by itself. */
function readFailure(failure: unknown): Failure | undefined {
  const { kind, reason, rule, unasked, why, retryAfterMs } = Object(failure);
  if (typeof reason !== 'string') return undefined;
  const said = { reason: reason.length > MOST_REASON ? `${reason.slice(0, MOST_REASON)}…` : reason };
  if (OTHER_KINDS.has(kind)) return { kind, ...said };
  if (kind === 'rejected') return { kind, ...said, ...(unasked === true ? { unasked } : {}) };
  if (kind === 'excluded') return typeof rule === 'string' ? { kind, rule, ...said } : undefined;
  if (kind !== 'retryable' || !WHYS.has(why)) return undefined;
  return { kind, why, ...said, ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}) };
}

function hung(): SendAnswer {
  return { kind: 'broken', reason: `the sink did not settle within ${HUNG_MS} ms of its signal` };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One deadline at a time; a new one takes the place of the old. */
class Timer {
  readonly #runtime: Pick<Runtime, 'sleep'>;
  #running = new AbortController();

  constructor(runtime: Pick<Runtime, 'sleep'>) {
    this.#runtime = runtime;
  }

  set(ms: number, onExpired: () => void): void {
    this.clear();
    this.#running = new AbortController();
    this.#runtime.sleep(ms, this.#running.signal).then(onExpired, () => undefined);
  }

  clear(): void {
    this.#running.abort();
  }
}
