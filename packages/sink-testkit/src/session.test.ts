/** How the kit drives a sink: signals as core would give them, and an eye on what the sink says. */
import type { SendCall, SendResult, SinkPlugin } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { batchOf, envelopes } from './envelopes.ts';
import { Session } from './session.ts';

/** Opens a sink whose `send` is `send`, with limits of a few milliseconds. */
function opened(send: (call: SendCall) => Promise<SendResult>): Promise<Session> {
  const plugin: SinkPlugin<object> = {
    type: 'made-up',
    configSchema: z.strictObject({}),
    limits: () => ({
      maxEvents: 10,
      maxBytes: 10_000,
      maxEventBytes: 10_000,
      maxInFlight: 1,
      maxUnackedBytes: 10_000,
      sendMs: 20,
      confirmMs: 40,
    }),
    open: async () => ({ send: (_batch, call) => send(call), check: async () => [], close: async () => undefined }),
  };
  return Session.open({ plugin, config: {} });
}

/** Waits for nothing but the signal, and throws its reason. */
function stopped({ signal }: SendCall): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

test('the signal fires after sendMs', async () => {
  const session = await opened(stopped);
  await expect(session.send(batchOf(envelopes(1)))).rejects.toThrow('sendMs is over');
  expect(session.acceptedCalls).toEqual([0]);
});

test('the signal fires after confirmMs once the peer has accepted', async () => {
  const session = await opened((call) => {
    call.accepted();
    return stopped(call);
  });
  await expect(session.send(batchOf(envelopes(1)))).rejects.toThrow('confirmMs is over');
  expect(session.acceptedCalls).toEqual([1]);
});

test('the signal fires when the case says stop', async () => {
  const session = await opened(stopped);
  const stop = AbortSignal.abort(new Error('the drain is over'));
  await expect(session.send(batchOf(envelopes(1)), stop)).rejects.toThrow('the drain is over');
});

test('an unsound result fails the case that got it', async () => {
  const session = await opened(async () => ({ kind: 'partial', acked: 0, failures: [] }));
  await expect(session.send(batchOf(envelopes(1)))).rejects.toThrow('acked + failures = the batch');
});

const hiding: readonly { readonly place: string; readonly error: Error }[] = [
  { place: 'the message of an error', error: new Error('token s3cret') },
  { place: 'the cause of an error', error: new Error('no', { cause: new Error('token s3cret') }) },
  {
    place: 'a property of an error',
    error: Object.assign(new Error('no'), { meta: { headers: { token: 's3cret' } } }),
  },
  { place: 'an aggregated error', error: new AggregateError([new Error('token s3cret')], 'no') },
];
for (const { place, error } of hiding) {
  test(`a secret is found in ${place}`, async () => {
    const session = await opened(() => Promise.reject(error));
    await expect(session.send(batchOf(envelopes(1)))).rejects.toThrow(error.message);
    expect(() => session.expectNoLeak(['s3cret'])).toThrow('s3cret');
    session.expectNoLeak(['another']);
  });
}
