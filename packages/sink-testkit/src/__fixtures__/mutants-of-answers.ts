/** The webhook sink with one wrong answer at a time, each with the case of the kit that must notice. */
import type { Batch, Failure, SendResult } from '@audit-relay/sink';
import { batchOf } from '../envelopes.ts';
import {
  isFailure,
  type Mutant,
  never,
  openedWith,
  type Plugin,
  saying,
  sending,
  sinkWith,
  telling,
} from './broken-sink.ts';
import { webhook } from '../examples/webhook.ts';

const ACKED: SendResult = { kind: 'acked' };
const REJECTED: Failure = { kind: 'rejected', reason: 'refused' };
const lostAs = (why: 'failed' | 'unanswered'): SendResult => ({ kind: 'retryable', why, reason: 'no answer' });
const withReason = (result: SendResult, reason: string): SendResult =>
  isFailure(result) ? { ...result, reason: `${result.reason} ${reason}` } : result;
const without = ({ envelopes, replay }: Batch, index: number): Batch => batchOf(envelopes.toSpliced(index, 1), replay);

/** Asks again where the redirect points, with the credential. */
const following: Plugin = sinkWith((sink, { url, token }) => ({
  send: async (batch, call) => {
    const result = await sink.send(batch, call);
    if (!/^HTTP 30/.test(isFailure(result) ? result.reason : '')) return result;
    const headers = { authorization: `Bearer ${token}` };
    const { ok } = await fetch(`${url}/events`, { method: 'POST', headers, body: '{"id":"audit_log-0"}' });
    return ok ? ACKED : result;
  },
}));

/** Each is caught in less than a second. */
export const ANSWER_MUTANTS: readonly Mutant[] = [
  {
    name: 'retries by itself',
    caughtBy: 'leaves the retry after HTTP 503 to core, and delivers when core retries',
    plugin: sinkWith((sink) => ({
      send: async (batch, call) => {
        const result = await sink.send(batch, call);
        return result.kind === 'retryable' ? sink.send(batch, call) : result;
      },
    })),
  },
  {
    name: 'acks a 500',
    caughtBy: 'answers retryable to HTTP 500',
    plugin: telling((result) => (saying(result, 'HTTP 500') ? ACKED : result)),
  },
  {
    name: 'names every event of a refused batch',
    caughtBy: 'names no event where HTTP 400 names none of several',
    plugin: telling((result, { envelopes: list }) =>
      result.kind === 'rejected' && list.length > 1
        ? { kind: 'partial', acked: 0, failures: list.map((_, index) => ({ index, failure: REJECTED })) }
        : result,
    ),
  },
  {
    name: 'acks whatever comes with a 200',
    caughtBy: 'takes no yes from a 200 with an HTML page',
    plugin: telling((result) => (saying(result, 'HTTP 200') ? ACKED : result)),
  },
  { name: 'follows redirects', caughtBy: 'does not follow HTTP 307', plugin: following },
  {
    name: 'does not look at a signal that has fired',
    caughtBy: 'throws when the signal has already fired, and delivers nothing',
    plugin: sending((batch, call) => [batch, { ...call, signal: never }]),
  },
  {
    name: 'relies on core to end a request',
    caughtBy: 'gives up by itself within sendMs on a peer that never answers',
    plugin: { ...webhook, limits: (config) => ({ ...webhook.limits(config), sendMs: config.timeout_ms / 2 }) },
  },
  {
    name: 'changes the batch',
    caughtBy: 'leaves the batch as it was',
    plugin: sending((batch, call) => {
      Object.assign(batch.envelopes[0] ?? {}, { id: 'mine' });
      return [batch, call];
    }),
  },
  {
    name: 'reads dates by a clock of its own',
    caughtBy: 'reads Retry-After with HTTP 503: an HTTP date, by context.now()',
    plugin: openedWith((context) => ({ ...context, now: () => Date.UTC(2026, 1, 28) })),
  },
  {
    name: 'does not read Retry-After',
    caughtBy: 'reads Retry-After with HTTP 429: seconds',
    plugin: telling((result) => {
      if (result.kind !== 'retryable') return result;
      const { retryAfterMs: _dropped, ...rest } = result;
      return rest;
    }),
  },
  {
    name: 'believes any Retry-After',
    caughtBy: 'never asks core for a wait that no timer can hold',
    plugin: telling((result) =>
      result.kind === 'retryable' && result.retryAfterMs === 86_400_000 ? { ...result, retryAfterMs: 1e20 } : result,
    ),
  },
  {
    name: 'quotes its token in a reason',
    caughtBy: 'tells no secret when HTTP 401 quotes the request',
    plugin: telling((result, _batch, { token }) => withReason(result, token)),
  },
  {
    name: 'quotes an event in a reason',
    caughtBy: 'tells no secret when HTTP 400 quotes the request',
    plugin: telling((result, { envelopes: [first] }) => withReason(result, first?.json ?? '')),
  },
  {
    name: 'logs an event',
    caughtBy: 'tells in stable codes, without the secret or an event',
    plugin: sinkWith((sink, _config, context) => ({
      send: (batch, call) => {
        context.log('SENDING', { first: batch.envelopes[0] });
        return sink.send(batch, call);
      },
    })),
  },
  {
    name: 'throws an error that holds the request',
    caughtBy: 'tells no secret when it is stopped or not answered',
    plugin: sinkWith((sink) => ({
      send: async (batch, call) => {
        if (call.signal.aborted) throw Object.assign(new Error('aborted'), { meta: { request: batch } });
        return sink.send(batch, call);
      },
    })),
  },
  {
    name: 'rejects on 401',
    caughtBy: 'answers blocked to HTTP 401',
    plugin: telling((result) => (saying(result, 'HTTP 401') ? { kind: 'rejected', reason: 'HTTP 401' } : result)),
  },
  {
    name: 'rejects on 429',
    caughtBy: 'answers refused to HTTP 429',
    plugin: telling((result) => (saying(result, 'HTTP 429') ? { kind: 'rejected', reason: 'HTTP 429' } : result)),
  },
  {
    name: 'rejects what is too large',
    caughtBy: 'answers too_large to HTTP 413',
    plugin: telling((result) => (result.kind === 'too_large' ? { ...result, kind: 'rejected' } : result)),
  },
  {
    name: 'drops an event',
    caughtBy: 'delivers each event once, in order, its document unchanged',
    plugin: sending((batch, call) => [without(batch, 2), call]),
  },
  {
    name: 'sends an event twice',
    caughtBy: 'delivers each event once, in order, its document unchanged',
    plugin: sending((batch, call) => [batchOf([...batch.envelopes, ...batch.envelopes.slice(-1)]), call]),
  },
  {
    name: 'changes the order',
    caughtBy: 'delivers each event once, in order, its document unchanged',
    plugin: sending((batch, call) => [batchOf(batch.envelopes.toReversed()), call]),
  },
  {
    name: 'writes the document anew',
    caughtBy: 'delivers emoji, line separators, right-to-left text and escapes unchanged',
    plugin: sending((batch, call) => [
      batchOf(
        batch.envelopes.map((envelope) => ({ ...envelope, json: envelope.json.replaceAll('\u2028', '\\u2028') })),
      ),
      call,
    ]),
  },
  {
    name: 'cuts long ids',
    caughtBy: 'delivers ids of 512 bytes and hashed ids',
    plugin: sending((batch, call) => [
      batchOf(batch.envelopes.map((envelope) => ({ ...envelope, id: envelope.id.slice(0, 64) }))),
      call,
    ]),
  },
  {
    name: 'takes a replay for done',
    caughtBy: 'delivers a batch that may have been sent before',
    plugin: sinkWith((sink) => ({
      send: (batch, call) => (batch.replay ? Promise.resolve(ACKED) : sink.send(batch, call)),
    })),
  },
  {
    name: 'takes a partial answer for a whole one',
    caughtBy: 'names the one event that the peer refused, and adds up',
    plugin: telling((result) => (result.kind === 'partial' ? ACKED : result)),
  },
  {
    name: 'buries what the peer refuses for now',
    caughtBy: 'names the one event that the peer refused for now, and adds up',
    plugin: telling((result) =>
      result.kind === 'partial'
        ? { ...result, failures: result.failures.map(({ index }) => ({ index, failure: REJECTED })) }
        : result,
    ),
  },
  {
    name: 'does not count what a yes is for',
    caughtBy: 'takes no yes that counts fewer events than were sent',
    plugin: telling((result) => (saying(result, 'HTTP 200 that counts') ? ACKED : result)),
  },
  {
    name: 'sends another token',
    caughtBy: 'presents its credential to the peer',
    plugin: { ...webhook, open: (config, context) => webhook.open({ ...config, token: 'test' }, context) },
  },
  {
    name: 'counts wrongly in a partial answer',
    caughtBy: 'names the one event that the peer refused, and adds up',
    plugin: telling((result) => (result.kind === 'partial' ? { ...result, acked: result.acked + 1 } : result)),
  },
  {
    name: 'names the wrong event in a partial answer',
    caughtBy: 'names the one event that the peer refused, and adds up',
    plugin: telling((result) =>
      result.kind === 'partial'
        ? { ...result, failures: result.failures.map(({ failure }) => ({ index: 0, failure })) }
        : result,
    ),
  },
  {
    name: 'takes a lost answer for a refusal',
    caughtBy: 'says that a send may be stored when the connection is reset after it',
    plugin: telling((result) => (saying(result, 'the connection broke') ? lostAs('failed') : result)),
  },
  {
    name: 'does not tell a refused connection from a lost answer',
    caughtBy: 'says failed when the connection is refused',
    plugin: telling((result) => (saying(result, 'the host refuses') ? lostAs('unanswered') : result)),
  },
];
