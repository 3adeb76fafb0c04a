/**
 * Answers of the intake in the shapes in which they were recorded from the real one: the yes in the cassettes of Datadog's own
 * clients (github.com/DataDog/datadog-api-client-python, `tests/v2/cassettes`), the refusal of a key in DataDog/datadog-ci-rb
 * pull request 500 and in its words of 2026 in DataDog/logstash-output-datadog_logs pull request 65, that of a path in
 * open-telemetry/opentelemetry-collector-contrib issue 16380. The others are made alike.
 */
import type { EmulatorReply } from './exchange.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

export const YES: EmulatorReply = { status: 202, headers: JSON_TYPE, body: '{}' };

/** Says no as the intake does. @param detail its own word on why; absent: that of the status. */
export function no(status: number, detail?: string, headers: Readonly<Record<string, string>> = {}): EmulatorReply {
  const title = TITLES[status] ?? 'Error';
  const error = { status: String(status), title, detail: detail ?? DETAILS[status] ?? title };
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ errors: [error] }) };
}

/** A page for people, as what stands before the intake may answer. */
export function html(status: number, words: string): EmulatorReply {
  const body = `<html><body><h1>${status} ${words}</h1>\nRequest forbidden by administrative rules.\n</body></html>\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const DETAILS: Readonly<Record<number, string>> = {
  400: 'Malformed payload',
  401: 'API key is missing',
  403: 'API key is missing or invalid',
};
