/** The one thing the doctor ever sends: an event that says of itself that it is a test, by a sink's own `send`. */
import { randomUUID } from 'node:crypto';
import { createMapper, type SinkOptions } from '@audit-relay/core';
import type { Check, Envelope, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import type { AgentConfig } from '../config/schema.ts';
import { VERSION } from '../version.ts';
import { withinLimit } from '../within-limit.ts';
import { failure } from './finding.ts';

const NAME = 'test event';

/** A record as the API might give it; its type is none of the API's. */
export type TestEvent = ReturnType<ReturnType<typeof createMapper>> & { readonly kind: 'event' };

/** One for each sink, so that no two look alike. @param nowMs when it happens. */
export function testEvent(documents: Pick<AgentConfig, 'name' | 'normalization'>, nowMs: number): TestEvent {
  const { name, normalization } = documents;
  const identity = { name, version: VERSION };
  const map = createMapper({ identity, receivedMs: nowMs, source: 'doctor', normalization });
  const mapped = map(
    JSON.stringify({
      id: `audit-relay-test-${randomUUID()}`,
      type: 'audit_relay.test',
      effective_at: Math.floor(nowMs / 1_000),
      'audit_relay.test': { note: 'a test event of audit-relay doctor: nothing happened' },
    }),
  );
  if (mapped.kind === 'no_event') throw new Error(`the test event is none: ${mapped.reason}`);
  return mapped;
}

export interface Delivery {
  readonly sink: Sink;
  readonly options: SinkOptions;
  readonly context: SinkContext;
  readonly limitMs: number;
}

/** What became of it at the peer. Never rejects. */
export async function deliver(event: TestEvent, { sink, options, context, limitMs }: Delivery): Promise<Check> {
  const { plugin, config } = options;
  if (plugin.locate === undefined) return { name: NAME, verdict: 'ok', detail: `none sent: ${plugin.type} takes none` };
  const envelope = envelopeOf(event, options, context);
  let taken: Check | undefined;
  try {
    const where = plugin.locate(envelope, config);
    const accepted = (): void => {
      const detail = `${envelope.id} is taken, and not confirmed within ${limitMs / 1_000} s`;
      taken = { name: NAME, verdict: 'warn', detail, fix: `look for it in some minutes: ${where}` };
    };
    const batch = { envelopes: [envelope], bytes: envelope.bytes, replay: false };
    const result = await withinLimit(limitMs, (signal) => sink.send(batch, { signal, accepted }));
    return checkOf(result, where);
  } catch (error) {
    return (
      taken ?? { ...failure(error, 'look at the network; if it is well, report it to the sink’s author'), name: NAME }
    );
  }
}

function envelopeOf(event: TestEvent, { plugin, config }: SinkOptions, { format = 'ecs' }: SinkContext): Envelope {
  const { dataset, namespace } = plugin.document?.(config) ?? {};
  return event.envelope({
    format,
    ...(dataset === undefined ? {} : { dataset }),
    ...(namespace === undefined ? {} : { namespace }),
  });
}

function checkOf(result: SendResult, where: string): Check {
  const failed = result.kind === 'partial' ? result.failures[0]?.failure : result;
  if (failed === undefined || failed.kind === 'acked')
    return { name: NAME, verdict: 'ok', detail: `delivered; to find it: ${where}` };
  const detail = `${failed.kind}: ${failed.reason}`;
  return { name: NAME, verdict: 'fail', detail, fix: 'mend what it says, then try again' };
}

/** Where the sink's own checks say already that nothing can arrive. */
export const NOT_SENT: Check = {
  name: NAME,
  verdict: 'warn',
  detail: 'not sent, for what failed above',
  fix: 'mend that first, then try again',
};
