/** The webhook sink broken in one way at a time, each with the case of the kit that must notice. */
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';
import { batchOf, envelopes } from '../envelopes.ts';
import type { HttpSinkUnderTest } from '../under-test.ts';
import { type WebhookConfig, webhook } from './good-sink.ts';
import { webhookUnderTest } from './good-sink-under-test.ts';

export interface Mutant {
  /** Completes "a sink that …". */
  readonly name: string;
  /** Title of the case that must fail. */
  readonly caughtBy: string;
  readonly plugin: SinkPlugin<WebhookConfig>;
}

/** With a timeout that lets forty sinks wait it out twice each. */
export const impatient: HttpSinkUnderTest<WebhookConfig> = {
  ...webhookUnderTest,
  configFor: ({ url }) => ({ url, token: 's3cret-token', timeout_ms: 150 }),
};

type Plugin = SinkPlugin<WebhookConfig>;

/** What a mutant puts in the place of the good sink's methods. */
type Change = (sink: Sink, config: WebhookConfig, context: SinkContext) => Partial<Sink>;

const sinkWith = (change: Change): Plugin => ({
  ...webhook,
  open: async (config, context) => {
    const sink = await webhook.open(config, context);
    const good: Sink = {
      send: (batch, call) => sink.send(batch, call),
      check: (signal) => sink.check(signal),
      close: () => sink.close(),
    };
    return { ...good, ...change(sink, config, context) };
  },
});

/** Sends as the good sink and tells `tell(result)`. */
const telling = (tell: (result: SendResult, batch: Batch, config: WebhookConfig) => SendResult): Plugin =>
  sinkWith((sink, config) => ({
    send: async (batch, call) => tell(await sink.send(batch, call), batch, config),
  }));

/** Sends another batch, or by another call, than it was given. */
const sending = (alter: (batch: Batch, call: SendCall) => readonly [Batch, SendCall]): Plugin =>
  sinkWith((sink) => ({ send: (batch, call) => sink.send(...alter(batch, call)) }));

const openedWith = (alter: (context: SinkContext) => SinkContext): Plugin => ({
  ...webhook,
  open: (config, context) => webhook.open(config, alter(context)),
});

const checking = (check: (sink: Sink, signal: AbortSignal) => Promise<readonly Check[]>): Plugin =>
  sinkWith((sink) => ({ check: (signal) => check(sink, signal) }));

const isFailure = (result: SendResult): result is Failure => result.kind !== 'acked' && result.kind !== 'partial';
const saying = (result: SendResult, start: string): boolean => isFailure(result) && result.reason.startsWith(start);
const withReason = (result: SendResult, reason: string): SendResult =>
  isFailure(result) ? { ...result, reason: `${result.reason} ${reason}` } : result;
const without = ({ envelopes: list, replay }: Batch, index: number): Batch => batchOf(list.toSpliced(index, 1), replay);

const lostAs = (why: 'failed' | 'unanswered'): SendResult => ({ kind: 'retryable', why, reason: 'no answer' });

const never = new AbortController().signal;
const ACKED: SendResult = { kind: 'acked' };

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

/** Answers all sends that are in flight together as the first of them. */
const confused: Plugin = sinkWith((sink) => {
  let first: Promise<SendResult> | undefined;
  return {
    send: async (batch, call) => {
      const own = sink.send(batch, call);
      first ??= own;
      const answer = await first;
      await own;
      first = undefined;
      return answer;
    },
  };
});

/** Caught in a few seconds together. */
export const MUTANTS: readonly Mutant[] = [
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
    plugin: telling((result) => (saying(result, 'no answer') ? lostAs('failed') : result)),
  },
  {
    name: 'does not tell a refused connection from a lost answer',
    caughtBy: 'says failed when the connection is refused',
    plugin: telling((result) => (saying(result, 'no answer') ? lostAs('unanswered') : result)),
  },
  {
    name: 'calls itself something else',
    caughtBy: 'names itself by context.userAgent',
    plugin: openedWith((context) => ({ ...context, userAgent: 'node' })),
  },
  {
    name: 'calls accepted() twice',
    caughtBy: 'calls accepted() once at most, and only with maxUnackedBytes',
    plugin: {
      ...sinkWith((sink) => ({
        send: (batch, call) => {
          call.accepted();
          call.accepted();
          return sink.send(batch, call);
        },
      })),
      limits: (config) => ({ ...webhook.limits(config), maxUnackedBytes: 10_000_000, confirmMs: 900 }),
    },
  },
  {
    name: 'calls accepted() without saying that it does',
    caughtBy: 'calls accepted() once at most, and only with maxUnackedBytes',
    plugin: sending((batch, call) => {
      call.accepted();
      return [batch, call];
    }),
  },
  { name: 'mixes up the answers', caughtBy: 'gives each of its sends its own answer', plugin: confused },
  {
    name: 'leaves its sockets open',
    caughtBy: 'leaves no socket open when it is closed',
    plugin: sinkWith(() => ({ close: async () => undefined })),
  },
  {
    name: 'cannot be closed twice',
    caughtBy: 'can be closed without a send, and twice',
    plugin: sinkWith((sink) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error('is closed');
          closed = true;
          await sink.close();
        },
      };
    }),
  },
  {
    name: 'needs the peer to open',
    caughtBy: 'opens though the peer is out of reach, and holds the events',
    plugin: {
      ...webhook,
      open: async (config, context) => {
        await fetch(`${config.url}/health`);
        return webhook.open(config, context);
      },
    },
  },
  {
    name: 'has a type that no package can be named after',
    caughtBy: 'has a hyphened type',
    plugin: { ...webhook, type: 'Web_Hook' },
  },
  {
    name: 'takes no format',
    caughtBy: 'states which documents it takes',
    plugin: { ...webhook, document: () => ({ formats: [] }) },
  },
  {
    name: 'takes any key',
    caughtBy: 'takes the config and refuses an unknown key',
    plugin: {
      ...webhook,
      configSchema: z.object({ url: z.url(), token: z.string(), timeout_ms: z.int().default(10_000) }),
    },
  },
  {
    name: 'states no limit',
    caughtBy: 'states limits that core can keep',
    plugin: { ...webhook, limits: (config) => ({ ...webhook.limits(config), maxBytes: Number.POSITIVE_INFINITY }) },
  },
  {
    name: 'sends less than its limits promise',
    caughtBy: 'delivers a batch of as many events as it takes',
    plugin: telling((result, { envelopes: list }) =>
      list.length > 400 ? { kind: 'too_large', reason: 'more than the peer takes' } : result,
    ),
  },
  {
    name: 'throws from check',
    caughtBy: 'check says what to do when the peer is out of reach',
    plugin: checking(async (sink, signal) => {
      const checks = await sink.check(signal);
      if (checks.some(({ verdict }) => verdict === 'fail')) throw new Error('not healthy');
      return checks;
    }),
  },
  {
    name: 'throws from check when a page answers',
    caughtBy: 'check does not throw when the peer answers with a page of HTML',
    plugin: sinkWith((sink, { url, token }) => ({
      check: async (signal) => {
        const answer = await fetch(`${url}/health`, { headers: { authorization: `Bearer ${token}` } }).catch(
          () => undefined,
        );
        if (answer?.ok === true) await answer.json();
        return sink.check(signal);
      },
    })),
  },
  {
    name: 'finds faults without a fix',
    caughtBy: 'check says what to do when the peer refuses the credential, without quoting it',
    plugin: checking(async (sink, signal) =>
      (await sink.check(signal)).map(({ name, verdict, detail }) => ({ name, verdict, detail })),
    ),
  },
  {
    name: 'checks by sending an event',
    caughtBy: 'check finds a healthy peer healthy and changes nothing there',
    plugin: checking(async (sink, signal) => {
      await sink.send(batchOf(envelopes(1)), { signal, accepted: () => undefined });
      return sink.check(signal);
    }),
  },
];

/** Caught only after core's patience is over; run with the one case that is meant. */
export const PATIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'stops at its own timeout only',
    caughtBy: 'stops at once when the signal fires before there is an answer',
    plugin: {
      ...sending((batch, call) => {
        call.signal.throwIfAborted();
        return [batch, { ...call, signal: never }];
      }),
      configSchema: z.strictObject({
        url: z.url(),
        token: z.string(),
        timeout_ms: z.int().transform(() => 20_000),
      }),
    },
  },
  {
    name: 'hangs for ever',
    caughtBy: 'gives up by itself within sendMs on a peer that never answers',
    plugin: sinkWith((sink) => ({
      send: async (batch, call) => {
        const result = await sink.send(batch, { ...call, signal: never });
        return saying(result, 'no answer') ? new Promise<never>(() => undefined) : result;
      },
    })),
  },
];
