/**
 * Datadog's API as far as set-up speaks to it: it takes only what Datadog's own OpenAPI documents allow, asks for both keys and their
 * scopes, keeps what it takes, and can be cut off after any request. Its own answers are held against the documents too.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { OPERATIONS, SCOPES } from './api-operations.ts';
import { emptyStores, type Stores } from './api-store.ts';
import type { Contract, Operation } from './contract.ts';

export interface Seen {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** An answer; the body is JSON unless it is a text. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ApiEmulator {
  readonly apiKey = '0123456789abcdef0123456789abcdef';
  readonly appKey = '0123456789abcdef0123456789abcdef01234567';
  /** What is kept; a test may put things there. */
  readonly stores: Stores = emptyStores();
  readonly seen: Seen[] = [];
  /** What was sent, or answered by this emulator, against the documents. */
  readonly problems: string[] = [];
  /** Scopes that the application key has. */
  readonly scopes: Set<string> = new Set(Object.values(SCOPES));
  /** Answers in place of what would be answered, by operation, such as `CreateMonitor`. */
  readonly instead: Map<string, Answer> = new Map();
  /** Told of each write that has been kept and is not answered yet, the first as 1: `true` cuts the connection instead. */
  onWritten: (written: number) => boolean = () => false;
  readonly #contract: Contract;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      this.problems.push(String(error));
      request.socket.destroy();
    });
  });
  #written = 0;
  #lastId = 1_000;

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** Its address. */
  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    // A server that listens on a port has an address with one.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers, url: path = '' } = request;
    const url = new URL(path, 'http://emulator');
    const sent = await text(request);
    const body: unknown = sent === '' ? undefined : JSON.parse(sent);
    const operation = this.#contract.find(method, url.pathname);
    this.seen.push({ operation: operation?.id ?? '', method, path, headers, body });
    const answer = this.#answerTo(operation, { url, body, headers });
    if (answer.status === 200 && method !== 'GET') {
      this.#written += 1;
      if (this.onWritten(this.#written)) return void request.socket.destroy();
    }
    const content = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(content);
  }

  #answerTo(operation: Operation | undefined, sent: Sent): Answer {
    const problems = problemsOf(operation, sent);
    this.problems.push(...problems.map((problem) => `${sent.url.pathname}: ${problem}`));
    if (operation === undefined) return NOT_FOUND;
    const instead = this.instead.get(operation.id);
    if (instead !== undefined) return instead;
    if (problems.length > 0) return { status: 400, body: { errors: problems } };
    if (!this.#mayCall(operation, sent.headers)) return FORBIDDEN;
    const order = {
      stores: this.stores,
      operation,
      query: sent.url.searchParams,
      body: Object(sent.body),
      newId: this.#newId,
    };
    const body = OPERATIONS[operation.id]?.(order);
    if (body === undefined) return NOT_FOUND;
    this.problems.push(
      ...operation.answerProblems(200, body).map((problem) => `answer to ${operation.id}: ${problem}`),
    );
    return { status: 200, body };
  }

  #mayCall({ id, keys }: Operation, headers: IncomingMessage['headers']): boolean {
    if (headers['dd-api-key'] !== this.apiKey) return false;
    if (keys === 'api') return true;
    const scope = SCOPES[id];
    return headers['dd-application-key'] === this.appKey && (scope === undefined || this.scopes.has(scope));
  }

  readonly #newId = (): string => {
    this.#lastId += 1;
    return String(this.#lastId);
  };
}

/** As the API words them. */
const NOT_FOUND: Answer = { status: 404, body: { errors: ['Not found'] } };
const FORBIDDEN: Answer = { status: 403, body: { errors: ['Forbidden'] } };

interface Sent {
  readonly url: URL;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

function problemsOf(operation: Operation | undefined, { url, body, headers }: Sent): readonly string[] {
  if (operation === undefined) return ['there is no such operation'];
  const { 'content-type': type, accept } = headers;
  return [
    ...(body === undefined || type === 'application/json' ? [] : [`content-type ${type}`]),
    ...(accept === 'application/json' ? [] : [`accept ${accept}`]),
    ...operation.queryProblems(url.searchParams),
    ...operation.bodyProblems(body),
  ];
}
