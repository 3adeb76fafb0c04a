/** The table of faults, each brought about by a real socket where its code is what matters. */
import { describe, expect, test } from 'vitest';
import { faultCases, ok, replyFrom } from '../__fixtures__/fault-cases.ts';
import { http, https, tcp } from '../__fixtures__/servers.ts';
import { faultOf } from './fault.ts';

describe('another protocol', () => {
  faultCases([
    {
      name: 'plain HTTP where TLS was expected',
      server: () => http(ok),
      fault: { fault: 'untrusted', sent: false },
      words: 'speaks no TLS',
    },
    {
      name: 'a banner where TLS was expected',
      server: () => tcp((socket) => void socket.write('220 mail.example.test ESMTP\r\n')),
      fault: { fault: 'untrusted', sent: false },
      words: 'speaks no TLS',
    },
    {
      name: 'TLS where plain HTTP was expected',
      server: () => https(['leaf'], ok),
      scheme: 'http',
      fault: { fault: 'broken', sent: true },
      words: 'https',
    },
    {
      name: 'a banner where plain HTTP was expected',
      server: () => tcp((socket) => void socket.write('220 mail.example.test ESMTP\r\n')),
      scheme: 'http',
      fault: { fault: 'broken', sent: true, code: 'HTTPParserError' },
      words: 'no HTTP',
    },
    {
      name: 'TLS of versions that are too old',
      server: () => https(['leaf'], ok, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
      fault: { fault: 'untrusted', sent: false },
      words: 'TLS 1.2',
    },
  ]);
});

describe('a connection that', () => {
  faultCases([
    {
      name: 'is reset at once',
      server: () => tcp((socket) => void socket.resetAndDestroy()),
      fault: { fault: 'broken', sent: false },
      words: 'closed the connection',
    },
    {
      name: 'is closed at once',
      server: () => tcp((socket) => void socket.end()),
      fault: { fault: 'broken', sent: false },
      words: 'TLS handshake',
    },
    {
      name: 'is closed after the client’s hello',
      server: () => tcp((socket) => void socket.once('data', () => socket.destroy())),
      fault: { fault: 'broken', sent: false },
      words: 'TLS handshake',
    },
    {
      name: 'is never answered',
      server: () => tcp(() => undefined),
      options: { connectMs: 100 },
      fault: { fault: 'timeout', sent: false, code: 'OVERDUE' },
      words: 'in time',
    },
    {
      name: 'is never answered, within the request’s own time',
      server: () => tcp(() => undefined),
      options: { timeoutMs: 100 },
      fault: { fault: 'timeout', sent: false },
      words: 'no connection',
    },
    {
      name: 'is reset when the request has come',
      server: () => http(({ socket }) => void socket.resetAndDestroy()),
      scheme: 'http',
      fault: { fault: 'broken', sent: true, code: 'ECONNRESET' },
      words: 'broke',
    },
    {
      name: 'is closed when the request has come',
      server: () => http(({ socket }) => void socket.end()),
      scheme: 'http',
      fault: { fault: 'broken', sent: true, code: 'UND_ERR_SOCKET' },
      words: 'broke',
    },
    {
      name: 'is closed within the head',
      server: () => tcp((socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx'))),
      scheme: 'http',
      fault: { fault: 'broken', sent: true },
      words: 'closed',
    },
    {
      name: 'is closed within the body',
      server: () =>
        http(
          (_, response) =>
            void response.writeHead(200, { 'content-length': '9' }).write('{', () => response.socket?.end()),
        ),
      scheme: 'http',
      fault: { fault: 'broken', sent: true },
      words: 'before the answer was whole',
    },
    {
      name: 'brings a head without an end',
      server: () => http((_, response) => void response.writeHead(200, { a: 'x'.repeat(20_000) }).end()),
      scheme: 'http',
      fault: { fault: 'broken', sent: true },
      words: 'no HTTP',
    },
  ]);

  test.each([
    { name: 'nobody listens', url: 'http://127.0.0.1:1', code: 'ECONNREFUSED', words: 'refuses' },
    {
      name: 'nobody listens on any address of the name',
      url: 'http://localhost:1',
      code: 'ECONNREFUSED',
      words: 'refuses',
    },
    {
      name: 'there is no such name',
      url: 'http://no-such-host.invalid',
      code: /^(ENOTFOUND|EAI_AGAIN)$/,
      words: 'DNS',
    },
  ])('cannot be made since $name', async ({ url, code, words }) => {
    const reply = await replyFrom(url);
    expect(reply).toMatchObject({
      fault: 'unreachable',
      sent: false,
      code: expect.stringMatching(code),
      reason: expect.stringContaining(words),
    });
  });
});

describe('codes that no server here brings about', () => {
  test.each<{ code: string; step?: 'connect' | 'tls'; sent: boolean; hasBegun?: true; fault: string; words: string }>([
    { code: 'EAI_AGAIN', step: 'connect', sent: false, fault: 'unreachable', words: 'DNS' },
    { code: 'EHOSTUNREACH', step: 'connect', sent: false, fault: 'unreachable', words: 'does not lead' },
    { code: 'ENETUNREACH', step: 'connect', sent: false, fault: 'unreachable', words: 'does not lead' },
    { code: 'ETIMEDOUT', step: 'connect', sent: false, fault: 'timeout', words: 'in time' },
    { code: 'EMFILE', step: 'connect', sent: false, fault: 'unreachable', words: 'open files' },
    { code: 'EPERM', step: 'connect', sent: false, fault: 'unreachable', words: 'firewall' },
    { code: 'CERT_REVOKED', step: 'tls', sent: false, fault: 'untrusted', words: 'revoked' },
    { code: 'INVALID_PURPOSE', step: 'tls', sent: false, fault: 'untrusted', words: 'not trusted' },
    { code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', step: 'tls', sent: false, fault: 'untrusted', words: 'TLS' },
    { code: 'ESOMETHING', step: 'connect', sent: false, fault: 'unreachable', words: 'check url' },
    {
      code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
      step: 'tls',
      sent: false,
      fault: 'untrusted',
      words: 'does not know the name',
    },
    {
      code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      step: 'tls',
      sent: false,
      fault: 'untrusted',
      words: 'tls.cert_file',
    },
    { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', step: 'tls', sent: false, fault: 'untrusted', words: 'tls.cert_file' },
    { code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', sent: true, fault: 'broken', words: 'cut it' },
    { code: 'EPIPE', sent: true, fault: 'broken', words: 'broke' },
    { code: 'ETIMEDOUT', sent: true, fault: 'timeout', words: 'no answer in time' },
    { code: 'OVERDUE', sent: true, hasBegun: true, fault: 'timeout', words: 'did not end' },
    { code: 'ESOMETHING', sent: true, fault: 'broken', words: 'check url' },
  ])('$code, sent: $sent, is $fault', ({ fault, words, ...trouble }) => {
    expect(faultOf({ ...trouble, urlKey: 'url' })).toMatchObject({
      fault,
      sent: trouble.sent,
      hasBegun: trouble.hasBegun === true,
      reason: expect.stringContaining(words),
    });
  });
});
