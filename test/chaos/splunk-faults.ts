/** What HTTP Event Collectors alone do: full queues, acknowledgments that never come, indexers that restart. */
import { answer, type EmulatorRequest, type HecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import type { HttpReply } from './http-faults.ts';

interface Asked {
  readonly request: EmulatorRequest;
  readonly emulator: HecEmulator;
  /** Whether the sink takes nothing for delivered before it is acknowledged. */
  readonly isAckRequired: boolean;
  /** Does what was asked. */
  handled(): HttpReply;
}

/** Undefined: this request is answered as usual. */
export const SPLUNK_FAULTS: Readonly<Record<string, SplunkFault>> = {
  'the queue is full': ({ request }) => (isEvents(request) ? answer(9) : answer(18)),
  'it is shutting down': () => answer(23),
  'an internal error': () => answer(8),
  'an acknowledgment is never given': ({ request }) => {
    if (!request.path.endsWith('/ack')) return undefined;
    const { acks } = JSON.parse(request.text) as { readonly acks: readonly number[] };
    return { status: 200, body: JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, false])) }) };
  },
  'the answer with an acknowledgment is lost': ({ request, handled }) => {
    if (!request.path.endsWith('/ack')) return undefined;
    handled();
    return { status: 200, body: '', fault: 'reset' };
  },
  /** What it has taken and not indexed is gone; without acknowledgment everything is indexed at once. */
  'restarts before it has indexed': ({ request, emulator, handled }) => {
    if (!isEvents(request)) return undefined;
    const reply = handled();
    emulator.restart();
    return reply;
  },
  'the token is disabled': () => answer(1),
  'an incorrect index': ofEvents(7),
  'no channel arrives': ofEvents(10),
  'an invalid channel': ofEvents(11),
  'the queues are full by 429': ofEvents(26),
  'the channel is full by 429': ofEvents(27),
  'there is no such address': ({ request }) =>
    isEvents(request) ? { status: 404, headers: JSON_TYPE, body: '{"text":"Not Found","code":404}' } : undefined,
  'the queues are nearly full': busy(24),
  'the channel is nearly full': busy(25),
  // Where it is not required, events then count as delivered without it.
  'acknowledgments are off': ({ request, isAckRequired }) =>
    isAckRequired && request.path.endsWith('/ack') ? answer(14) : undefined,
  /** The balancer forgets its cookie: another indexer does not know these ids. */
  'another indexer is asked': ({ request, emulator }) => {
    const other = otherThan(request, emulator);
    return other !== undefined && request.path.endsWith('/ack') ? atIndexer(other, { request, emulator }) : undefined;
  },
  /** The balancer moves us. */
  'another indexer takes it': ({ request, emulator }) => {
    const other = otherThan(request, emulator);
    return other !== undefined && isEvents(request) ? atIndexer(other, { request, emulator }) : undefined;
  },
};

const JSON_TYPE = { 'content-type': 'application/json' };

type SplunkFault = (asked: Asked) => HttpReply | undefined;

function ofEvents(code: number): SplunkFault {
  return ({ request }) => (isEvents(request) ? answer(code) : undefined);
}

/** Done, with a word that it is nearly too much. */
function busy(code: number): SplunkFault {
  return ({ request, handled }) => {
    if (!isEvents(request)) return undefined;
    const reply = handled();
    const { code: said, ackId } = JSON.parse(reply.body) as { readonly code: number; readonly ackId?: number };
    if (said !== 0) return reply;
    const { body } = answer(code, ackId === undefined ? {} : { ackId });
    return { ...reply, body };
  };
}

/** Place of an indexer that the cookie does not name; undefined: there is none. */
function otherThan({ headers }: EmulatorRequest, { indexers }: HecEmulator): number | undefined {
  const place = Number(/AWSALB=(\d+)/.exec(headers['cookie'] ?? '')?.[1] ?? Number.NaN);
  return Number.isNaN(place) || indexers.length < 2 ? undefined : (place + 1) % indexers.length;
}

function atIndexer(place: number, { request, emulator }: Pick<Asked, 'request' | 'emulator'>): HttpReply | undefined {
  const reply = emulator.indexers[place]?.handle(request);
  return reply && { ...reply, headers: { ...reply.headers, 'set-cookie': `AWSALB=${place}; Path=/` } };
}

function isEvents({ path }: EmulatorRequest): boolean {
  return path.endsWith('/event');
}
