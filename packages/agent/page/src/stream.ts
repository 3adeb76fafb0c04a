/** Reads `/status/live`. By `fetch`, as a browser's EventSource can show no token. */

/** Why a stream is over. */
export type End = 'ended' | 'no_token' | 'forbidden' | 'full' | 'unreachable';

export interface StreamOptions {
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  onMessage(name: string, data: unknown): void;
}

/** Resolves when it is over; never rejects. */
export async function readStream({ token, signal, onMessage }: StreamOptions): Promise<End> {
  try {
    const headers = {
      accept: 'text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch('status/live', { headers, signal, cache: 'no-store', redirect: 'error' });
    const refusal = REFUSALS[answer.status];
    if (refusal !== undefined || !answer.ok || answer.body === null) return refusal ?? 'unreachable';
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      text += value;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) tell(message, onMessage);
    }
  } catch {
    return 'unreachable';
  }
}

const REFUSALS: Readonly<Record<number, End>> = { 401: 'no_token', 403: 'forbidden', 503: 'full' };

/**
 * What turns the direction of the text beside it, or is not to be seen at all: an event's type, a peer's words and an API's new
 * names come from others. In JSON they stand as they are, in names as well.
 */
const UNSEEN = /[\p{Cf}\u007f-\u009f\u2028\u2029]/gu;

function tell(message: string, onMessage: StreamOptions['onMessage']): void {
  const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(message) ?? [];
  if (name !== '') onMessage(name, JSON.parse(data.replace(UNSEEN, '\ufffd')));
}
