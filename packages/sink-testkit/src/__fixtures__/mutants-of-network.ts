/** The webhook sink with one mistake on the way to its peer, each with the cases of the kit that notice, and no others. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Batch, SendResult } from '@audit-relay/sink';
import { batchOf } from '../envelopes.ts';
import type { HttpSinkUnderTest } from '../under-test.ts';
import { type WebhookConfig, webhook } from '../examples/webhook.ts';
import { isFailure, openedWith, type Plugin, sending, sinkWith, telling } from './broken-sink.ts';
import { webhookUnderTest } from './webhook-under-test.ts';

export interface NetworkMutant {
  readonly name: string;
  /** Titles of all cases that must fail. */
  readonly caughtBy: readonly string[];
  readonly plugin: Plugin;
}

/** The kit asks for a header too. With a timeout that no busy machine uses up: here other cases must not fail. */
export const demanding: HttpSinkUnderTest<WebhookConfig> = {
  ...webhookUnderTest,
  configFor: ({ url }) => ({ url, token: 's3cret-token', timeout_ms: 5_000 }),
  requiredHeaders: ['Authorization'],
};

const UNTRUSTED = 'is blocked by a certificate that nobody trusts, and says so';
const GOES_BY_PROXY = 'asks context.proxyFor for its URL, and goes by the proxy that it names';
const PROXY_407 = 'tells a proxy that wants credentials (407) from the peer';
const PROXY_502 = 'tells a proxy that does not get to the peer (502) from the peer';
const PROXY_DOWN = 'tells a proxy that is not there from the peer';
const LOST: SendResult = { kind: 'retryable', why: 'unanswered', reason: 'no answer from the host or the proxy' };

/** Where the good sink says `words`, another answer. */
const insteadOf = (words: RegExp, other: SendResult): Plugin =>
  telling((result) => (isFailure(result) && words.test(result.reason) ? other : result));

const withConfig = (alter: (config: WebhookConfig) => WebhookConfig): Plugin => ({
  ...webhook,
  open: (config, context) => webhook.open(alter(config), context),
});

/** Goes by `rejectUnauthorized: false` where it is not trusted. */
const trusting: Plugin = sinkWith((sink, { url }) => ({
  send: async (batch, call) => {
    const result = await sink.send(batch, call);
    if (!isFailure(result) || !result.reason.includes('SELF_SIGNED')) return result;
    const asked = request(`${url}/events`, { method: 'POST', rejectUnauthorized: false, agent: false });
    asked.end('{"id":"audit_log-0"}');
    // The first argument of `response` is the message.
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    return { kind: 'acked' };
  },
}));

const numbered = (batch: Batch, number: number): Batch =>
  batchOf(
    batch.envelopes.map((envelope) => ({ ...envelope, json: `${envelope.json.slice(0, -1)},"sent":${number}}` })),
    batch.replay,
  );

/** A member of its own that differs from copy to copy; the document's own members stand as they were. */
const numbering: Plugin = sinkWith((sink) => {
  let sends = 0;
  return { send: (batch, call) => sink.send(numbered(batch, sends++), call) };
});

export const NETWORK_MUTANTS: readonly NetworkMutant[] = [
  {
    name: 'takes every 2xx for a yes',
    caughtBy: ['takes no yes from another 2xx than the peer’s own'],
    plugin: insteadOf(/^HTTP 20[1-9]/, { kind: 'acked' }),
  },
  {
    name: 'takes another 2xx for a wrong address',
    caughtBy: ['takes no yes from another 2xx than the peer’s own'],
    plugin: insteadOf(/^HTTP 20[1-9]/, { kind: 'blocked', reason: 'the address is wrong' }),
  },
  { name: 'trusts any certificate', caughtBy: [UNTRUSTED], plugin: trusting },
  {
    name: 'takes an untrusted certificate for a lost answer',
    caughtBy: [UNTRUSTED],
    plugin: insteadOf(/SELF_SIGNED/, LOST),
  },
  {
    name: 'does not say what it does not trust',
    caughtBy: [UNTRUSTED],
    plugin: insteadOf(/SELF_SIGNED/, { kind: 'blocked', reason: 'fetch failed' }),
  },
  {
    name: 'never asks for a proxy',
    caughtBy: [GOES_BY_PROXY, PROXY_407, PROXY_502, PROXY_DOWN],
    plugin: openedWith((context) => ({ ...context, proxyFor: () => undefined })),
  },
  {
    name: 'asks for the proxy to somewhere else',
    caughtBy: [GOES_BY_PROXY, PROXY_407, PROXY_502, PROXY_DOWN],
    plugin: openedWith((context) => ({ ...context, proxyFor: () => context.proxyFor('https://example.com') })),
  },
  {
    name: 'tries again what a proxy refuses',
    caughtBy: [PROXY_407],
    plugin: insteadOf(/PROXY_407/, { kind: 'retryable', why: 'failed', reason: 'the proxy said no' }),
  },
  { name: 'takes a proxy’s 502 for a lost answer', caughtBy: [PROXY_502], plugin: insteadOf(/PROXY_502/, LOST) },
  {
    name: 'does not say that it is the proxy that is not there',
    caughtBy: [PROXY_DOWN],
    plugin: telling((result) =>
      isFailure(result) && /^the proxy refuses/.test(result.reason) ? { ...result, reason: 'ECONNREFUSED' } : result,
    ),
  },
  {
    name: 'drops the path of its URL',
    caughtBy: ['puts the path of its URL before its own', 'puts one slash after a path that ends in one'],
    plugin: withConfig((config) => ({ ...config, url: new URL(config.url).origin })),
  },
  {
    name: 'drops a path that ends in a slash',
    caughtBy: ['puts one slash after a path that ends in one'],
    plugin: withConfig((config) => ({ ...config, url: config.url.replace(/\/prefix.*\/$/, '') })),
  },
  {
    name: 'checks without what the peer requires',
    caughtBy: ['sends with each request what its peer requires: Authorization'],
    plugin: sinkWith((sink, { url }) => ({
      check: async (signal) => {
        if (url.startsWith('http:')) await bare(`${url}/health`);
        return sink.check(signal);
      },
    })),
  },
  { name: 'numbers its copies', caughtBy: ['sends each copy of an event as the same bytes'], plugin: numbering },
  {
    name: 'marks a replay in the events',
    caughtBy: ['sends each copy of an event as the same bytes'],
    plugin: sending((batch, call) => [batch.replay ? numbered(batch, 1) : batch, call]),
  },
];

/** A GET without headers of ours, on a connection of its own. */
async function bare(url: string): Promise<void> {
  const asked = get(url, { agent: false });
  const [response] = await once(asked, 'response').catch(() => []);
  response?.resume();
}
