/** What HTTP Event Collectors alone do: full queues, acknowledgments that never come, indexers that restart. */
import { answer, type EmulatorRequest, type HecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import type { HttpReply } from './http-faults.ts';

interface Asked {
  readonly request: EmulatorRequest;
  readonly emulator: HecEmulator;
  /** Does what was asked. */
  handled(): HttpReply;
}

/** Undefined: this request is answered as usual. */
export const SPLUNK_FAULTS: Readonly<Record<string, (asked: Asked) => HttpReply | undefined>> = {
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
};

function isEvents({ path }: EmulatorRequest): boolean {
  return path.endsWith('/event');
}
