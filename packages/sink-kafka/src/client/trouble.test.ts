/** Errors as kafkajs makes them: wrapped once or twice, with the truth in `cause`. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { Trouble } from './port.ts';
import { troubleOf } from './trouble.ts';

type Make = new (message: unknown, more?: object) => Error;

const errors = createRequire(import.meta.url)('kafkajs/src/errors') as Readonly<Record<string, Make>>;

function error(name: string, message: unknown, more: object = {}): Error {
  const Kind = errors[name];
  if (Kind === undefined) throw new Error(`kafkajs has no ${name}`);
  return new Kind(message, more);
}

const protocol = error('KafkaJSProtocolError', { message: 'words', type: 'TOPIC_AUTHORIZATION_FAILED', code: 29 });
const reset = error('KafkaJSConnectionError', 'Connection error: reset', { broker: 'b:1', code: 'ECONNRESET' });

describe('an error of kafkajs', () => {
  const cases: readonly [name: string, error: unknown, expected: Trouble][] = [
    ['a code', protocol, { kind: 'code', code: 29 }],
    [
      'a code that kafkajs does not know',
      error('KafkaJSProtocolError', {
        message: 'Unknown error code 90',
        type: 'KAFKAJS_UNKNOWN_ERROR_CODE',
        code: -99,
      }),
      { kind: 'code', code: 90 },
    ],
    [
      'a code behind the number of tries',
      error('KafkaJSNumberOfRetriesExceeded', protocol, { retryCount: 1 }),
      { kind: 'code', code: 29 },
    ],
    [
      'a code behind what is called not retriable',
      error('KafkaJSNonRetriableError', 'x', { cause: protocol }),
      { kind: 'code', code: 29 },
    ],
    [
      'a code behind both',
      error('KafkaJSNumberOfRetriesExceeded', error('KafkaJSNonRetriableError', 'x', { cause: protocol }), {}),
      { kind: 'code', code: 29 },
    ],
    [
      'a code of the first of several topics',
      error('KafkaJSAggregateError', 'x', [protocol]),
      { kind: 'code', code: 29 },
    ],
    [
      'a reset that is called not retriable',
      error('KafkaJSNonRetriableError', 'x', { cause: reset }),
      { kind: 'network', code: 'ECONNRESET', sent: true },
    ],
    [
      'a connection that is made too slowly',
      error('KafkaJSConnectionError', 'Connection timeout', {}),
      { kind: 'overdue', sent: false },
    ],
    [
      'a connection that ended',
      error('KafkaJSConnectionClosedError', 'Closed connection', {}),
      { kind: 'network', code: 'CLOSED', sent: true },
    ],
    ['a request without an answer', error('KafkaJSRequestTimeoutError', 'x', {}), { kind: 'overdue', sent: true }],
    ['a lock that is never free', error('KafkaJSLockTimeout', 'x', {}), { kind: 'overdue', sent: true }],
    ['a broker that nobody knows', error('KafkaJSBrokerNotFound', 'x', {}), { kind: 'leaderless' }],
    [
      'credentials',
      error('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: Authentication failed', {}),
      { kind: 'credentials', detail: 'refused' },
    ],
    [
      'a mechanism',
      error('KafkaJSSASLAuthenticationError', 'SASL PLAIN mechanism is not supported by the server', {}),
      { kind: 'credentials', detail: 'mechanism' },
    ],
    [
      'a connection that ended while credentials were shown',
      error('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: Closed connection', {}),
      { kind: 'network', code: 'CLOSED', sent: true },
    ],
    ['an error of its code', new TypeError('x'), { kind: 'client', name: 'TypeError', sent: true }],
    ['no error at all', undefined, { kind: 'client', name: 'Error', sent: true }],
  ];
  test.each(cases)('%s', (_, thrown, expected) => {
    expect(troubleOf(thrown, true)).toEqual(expected);
  });

  test('that is its own cause is read once', () => {
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    expect(troubleOf(loop, false)).toEqual({ kind: 'client', name: 'Error', sent: false });
  });

  test('where kafkajs has seen the end of a connection alone the code of that broker’s socket stands in', () => {
    const closed = error('KafkaJSConnectionClosedError', 'Closed connection', { host: 'a', port: 1 });
    const code = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';
    const codeAt = (broker?: string): string | undefined => (broker === 'a:1' ? code : 'ECONNREFUSED');
    expect(troubleOf(closed, true, codeAt)).toEqual({ kind: 'network', code, sent: true });
    const other = error('KafkaJSConnectionClosedError', 'Closed connection', { host: 'b', port: 1 });
    expect(troubleOf(other, true, (broker) => (broker === 'a:1' ? code : undefined))).toEqual({
      kind: 'network',
      code: 'CLOSED',
      sent: true,
    });
  });
});
