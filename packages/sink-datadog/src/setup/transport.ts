/**
 * The official client's way to the network: ours, so that `tls`, `proxy`, limits of time and the signal hold for it as for events, and
 * a fault has our words. It keeps what came as it came, because the client's models leave out what they do not know.
 */
import type { HttpClient, HttpReply } from '@audit-relay/sink-http';
import type { HttpLibrary, RequestContext, ResponseContext } from './official-client.ts';

/** A fault that came in place of an answer; thrown through the client, which passes it on. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** What came, as it came; the body is undefined when it is no JSON. */
interface Last {
  readonly status: number;
  readonly body: unknown;
  readonly resetSeconds: string | undefined;
}

export interface TransportParts {
  /** Open to `base`. */
  readonly http: HttpClient;
  /** The address of the API, without a slash at its end. */
  readonly base: string;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

export class Transport implements HttpLibrary {
  readonly #http: HttpClient;
  readonly #base: string;
  readonly #userAgent: string;
  readonly #signal: AbortSignal;
  #last: Last | undefined;

  constructor({ http, base, userAgent, signal }: TransportParts) {
    this.#http = http;
    this.#base = base;
    this.#userAgent = userAgent;
    this.#signal = signal;
  }

  /** The answer to the last request since `forget`. */
  get last(): Last | undefined {
    return this.#last;
  }

  forget(): void {
    this.#last = undefined;
  }

  /** @throws NoAnswer, and the signal's reason. */
  async send(request: RequestContext): Promise<ResponseContext> {
    const body = request.getBody();
    const reply = await this.#http.request({
      method: methodOf(request.getHttpMethod()),
      path: request.getUrl().slice(this.#base.length),
      headers: { ...lowerCased(request.getHeaders()), 'user-agent': this.#userAgent },
      ...(typeof body === 'string' ? { body } : {}),
      signal: this.#signal,
    });
    return this.#answered(reply);
  }

  #answered(reply: HttpReply): ResponseContext {
    if (reply.kind === 'fault') throw new NoAnswer(reply.reason);
    const { status } = reply;
    this.#last = { status, body: reply.json(), resetSeconds: reply.header('x-ratelimit-reset') };
    const headers = { 'content-type': reply.header('content-type') ?? 'application/json' };
    const body = { text: async () => reply.text(), binary: async () => reply.body };
    return { httpStatusCode: status, headers, body };
  }
}

function methodOf(method: string): 'GET' | 'POST' | 'PUT' {
  if (method === 'GET' || method === 'POST' || method === 'PUT') return method;
  throw new TypeError(`set-up sends no ${method}`);
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
