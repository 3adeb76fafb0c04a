/** What the kit has to know about the webhook sink: the example for a sink's own test file. */
import type { PeerRequest, Reply } from '../peer.ts';
import type { HttpSinkUnderTest } from '../under-test.ts';
import { type WebhookConfig, webhook } from '../examples/webhook.ts';

export const webhookUnderTest: HttpSinkUnderTest<WebhookConfig> = {
  plugin: webhook,
  secret: 's3cret-token',
  configFor: ({ url }) => ({ url, token: 's3cret-token', timeout_ms: 1_000 }),
  idsIn,
  accepted: (request) => answer(idsIn(request).length),
  saysYesIn: 'body',
  partial: (request, index) => answer(idsIn(request).length - 1, [{ index, code: 'no_such_user' }]),
  partialRetryable: (request, index) => answer(idsIn(request).length - 1, [{ index, code: 'busy' }]),
  shortYes: (request) => answer(idsIn(request).length - 1),
};

/** Requests without a body never come here. */
function idsIn({ path, text }: PeerRequest): readonly string[] {
  if (path !== '/events') return [];
  // A line as `WebhookSink` writes it.
  return text.split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
}

function answer(stored: number, refused: readonly object[] = []): Reply {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ stored, refused }) };
}
