/** Requests and answers as values, and the bodies of errors in the form that the API documents. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A request, as far as an answer depends on it. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** 1 for the first request for audit logs, whichever the feed and dialect. */
  readonly number: number;
}

/** An answer. A stream for a body may break off: so does the answer then. */
export interface Reply {
  readonly status: number;
  /** Added to those that every answer has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable;
}

/** What an error says; `type` is `invalid_request_error` when absent. */
export interface ErrorText {
  readonly message: string;
  readonly type?: string;
  readonly param?: string;
  readonly code?: string;
}

/** An answer that is an error, thrown where it is noticed. */
export class ApiError extends Error {
  readonly reply: Reply;

  constructor(status: number, error: ErrorText) {
    super(error.message);
    this.reply = errorReply(status, error);
  }
}

/** 400: a parameter has a value that the API does not take. */
export function invalid(param: string, problem: string): ApiError {
  return new ApiError(400, { message: `Invalid '${param}': ${problem}`, param, code: 'invalid_value' });
}

/** `{ "error": { "message", "type", "param", "code" } }`: all four are there, the last two may be null. */
export function errorReply(status: number, { message, type, param, code }: ErrorText): Reply {
  const error = { message, type: type ?? 'invalid_request_error', param: param ?? null, code: code ?? null };
  return jsonReply(status, { error });
}

/** `body` as JSON. */
export function jsonReply(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
