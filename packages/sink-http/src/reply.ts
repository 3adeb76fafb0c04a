/** From what came to a reply: status and headers are judged first, and the body is unpacked where it can be. */
import type { Exchanged, RawHeaders } from './exchange.ts';
import { faultOf, type HttpFault } from './fault/fault.ts';
import { unpack } from './unpack.ts';

/** An answer with its head; of what is no 2xx the body may be empty though one was sent. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** The first of that name, in any case. */
  header(name: string): string | undefined;
  /** All of that name, in any case and in their order: `Set-Cookie` may stand there more than once. */
  headers(name: string): readonly string[];
  /** Unpacked. */
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON; undefined when it is none. */
  json(): unknown;
}

/** An answer, or why there is none. */
export type HttpReply = HttpAnswer | HttpFault;

interface RequestSent {
  /** Longest body, as sent and as unpacked. */
  readonly maxBytes: number;
  /** Whether there is room for the body of a 2xx of so many bytes. */
  mayTake(bytes: number): boolean;
  /** The key of the configuration that holds the address, for words. */
  readonly urlKey: string;
}

export async function replyOf(exchanged: Exchanged, asked: RequestSent): Promise<HttpReply> {
  if (exchanged.kind === 'failed') return faultOf({ ...exchanged, urlKey: asked.urlKey });
  if (exchanged.kind === 'too_large') return tooLarge(asked);
  const { status, headers, body } = exchanged;
  const isYes = status >= 200 && status <= 299;
  const mayTake = isYes ? (bytes: number): boolean => asked.mayTake(bytes) : (): boolean => true;
  const unpacked = await unpack(body, firstOf(headers, 'content-encoding'), { maxBytes: asked.maxBytes, mayTake });
  if (unpacked.kind === 'body') return answerOf(status, headers, unpacked.body);
  // Its head says enough. What is empty is empty however it is packed.
  if (!isYes || body.length === 0) return answerOf(status, headers, Buffer.alloc(0));
  if (unpacked.kind === 'too_large') return tooLarge(asked);
  return {
    kind: 'fault',
    fault: 'unreadable',
    sent: true,
    hasBegun: true,
    code: 'UNREADABLE',
    reason: UNREADABLE[unpacked.kind],
    body,
  };
}

const UNREADABLE = {
  unreadable: 'the answer is not packed in the way that it says: check what stands between, a proxy perhaps',
  unknown: 'the answer is packed in a way that was not asked for: check what stands between, a proxy perhaps',
} as const;

function tooLarge({ maxBytes, urlKey }: RequestSent): HttpFault {
  const reason = `the answer is larger than ${maxBytes} bytes: check that ${urlKey} leads to the right server`;
  return { kind: 'fault', fault: 'too_large', sent: true, hasBegun: true, code: 'TOO_LARGE', reason };
}

function answerOf(status: number, headers: RawHeaders, body: Uint8Array): HttpAnswer {
  const text = (): string => new TextDecoder().decode(body);
  const header = (name: string): string | undefined => firstOf(headers, name.toLowerCase());
  const all = (name: string): readonly string[] => valuesOf(headers, name.toLowerCase());
  return { kind: 'answer', status, body, header, headers: all, text, json: () => parsed(text()) };
}

function firstOf(headers: RawHeaders, name: string): string | undefined {
  return valuesOf(headers, name)[0];
}

function valuesOf(headers: RawHeaders, name: string): readonly string[] {
  const value = headers[name] ?? [];
  return typeof value === 'string' ? [value] : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
