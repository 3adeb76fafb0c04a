/** From one reply of the intake to what it means. It answers for a request as a whole, never for one of its entries. */
import type { Failure } from '@audit-relay/sink';
import { failureOf, type HttpAnswer, type HttpReply, retryAfterMs } from '@audit-relay/sink-http';
import type { DatadogConfig } from './config.ts';
import { domainOf } from './sites.ts';

/** What the request was about. */
export interface RequestSent {
  readonly config: Pick<DatadogConfig, 'site' | 'receiver'>;
  readonly nowMs: number;
}

/** Undefined: the intake's yes. */
export function noOf(reply: HttpReply, { config, nowMs }: RequestSent): Failure | undefined {
  if (reply.kind === 'fault') return failureOf(reply);
  const { status } = reply;
  if (isYes(reply, config)) return undefined;
  if (status === 401 || status === 403) return { kind: 'blocked', reason: refusedKey(status, config) };
  if (status >= 200 && status < 300) {
    const reason = `HTTP ${status} without the intake’s own yes, which is 202: check that ${addressKey(config)} leads to Datadog`;
    return { kind: 'retryable', why: 'unanswered', reason };
  }
  if (isWrongPath(reply)) {
    return {
      kind: 'blocked',
      reason: `HTTP ${status}, no such path: ${addressKey(config)} does not lead to the intake of logs`,
    };
  }
  const failure = failureOf(reply, { nowMs, credentials: 'api_key', urlKey: addressKey(config) });
  if (failure.kind !== 'retryable') return failure;
  const waitMs = waitOf(reply, nowMs);
  return { ...failure, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
}

/** The intake’s 202; of a worker also 200, Vector’s own, unless it comes with a page for people. */
function isYes(answer: HttpAnswer, { receiver }: RequestSent['config']): boolean {
  if (answer.status === 202) return true;
  const isHtml = /^\s*</.test(answer.text()) || /html/i.test(answer.header('content-type') ?? '');
  return receiver === 'worker' && answer.status === 200 && !isHtml;
}

/** The intake has 400 also for an address that it does not know, which is no fault of the events. */
function isWrongPath(answer: HttpAnswer): boolean {
  const { errors } = Object(answer.json()) as { readonly errors?: unknown };
  if (answer.status !== 400 || !Array.isArray(errors)) return false;
  return errors.some((error) => Object(error).detail === 'HTTP path is invalid');
}

function refusedKey(status: number, { site }: RequestSent['config']): string {
  const where = site === undefined ? 'the organization and site behind url' : `an organization on ${domainOf(site)}`;
  return `HTTP ${status}: api_key is not taken: put a valid one there, of ${where}`;
}

function addressKey({ site }: RequestSent['config']): string {
  return site === undefined ? 'url' : 'site';
}

/** A day: what asks for more is a mistake. */
const LONGEST_WAIT_MS = 86_400_000;

/** The longer of `Retry-After` and `x-ratelimit-reset` (seconds: docs.datadoghq.com/api/latest/rate-limits). */
function waitOf(answer: HttpAnswer, nowMs: number): number | undefined {
  const text = answer.header('x-ratelimit-reset')?.trim() ?? '';
  const resetMs = /^\d+(\.\d+)?$/.test(text) ? Math.min(Math.ceil(Number(text) * 1_000), LONGEST_WAIT_MS) : undefined;
  const askedMs = retryAfterMs(answer, nowMs);
  if (resetMs === undefined || askedMs === undefined) return resetMs ?? askedMs;
  return Math.max(resetMs, askedMs);
}
