/** The kit on a sink that keeps the contract: all of it passes. And what the kit cannot ask: the sink's own keys. */
import { join } from 'node:path';
import type { SendResult } from '@audit-relay/sink';
import { expect, onTestFinished, test } from 'vitest';
import { webhookUnderTest } from '../__fixtures__/webhook-under-test.ts';
import { batchOf, describeHttpSink, envelopes, startPeer, testContext } from '../index.ts';
import { startUntrustedPeer } from '../peer.ts';
import { startProxy } from '../proxy.ts';
import { webhook } from './webhook.ts';

describeHttpSink(webhookUnderTest);

const YES = { body: JSON.stringify({ stored: 1, refused: [] }) };

/** Until the end of the test. */
async function running<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  onTestFinished(() => started.close());
  return started;
}

async function sent(keys: object, proxyFor?: () => string): Promise<SendResult> {
  const config = webhook.configSchema.parse({ token: 's3cret', timeout_ms: 1_000, ...keys });
  const sink = await running(webhook.open(config, testContext(proxyFor === undefined ? {} : { proxyFor })));
  return sink.send(batchOf(envelopes(1)), { signal: new AbortController().signal, accepted: () => undefined });
}

test('it delivers to a peer whose authority is in tls.ca_file', async () => {
  const { url } = await running(startUntrustedPeer(YES));
  const tls = { ca_file: join(import.meta.dirname, '../__fixtures__/localhost.pem') };
  expect(await sent({ url, tls })).toEqual({ kind: 'acked' });
});

test('the proxy of the config goes before that of the environment', async () => {
  const [peer, proxy] = [await running(startPeer(YES)), await running(startProxy())];
  expect(await sent({ url: peer.url, proxy: proxy.url }, () => 'http://127.0.0.1:1')).toEqual({ kind: 'acked' });
  expect(proxy.asked).toEqual([new URL(peer.url).host]);
});
