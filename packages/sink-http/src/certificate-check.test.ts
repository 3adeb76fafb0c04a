/** The certificates of a host as they were shown, and what is said of them. */

import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fixture, http, https, proxy } from './__fixtures__/servers.ts';
import { certificateCheck } from './certificate-check.ts';
import { type HttpClientOptions, openHttpClient } from './client.ts';

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2120, 0, 1);
const leaf = { subject: 'localhost', issuer: 'Test Middle', untilMs: END_MS };
const middle = { subject: 'Test Middle', issuer: 'Test Root', untilMs: END_MS };
const root = { subject: 'Test Root', issuer: 'Test Root', untilMs: END_MS };

/** What is shown before and after one request. */
async function shown(options: HttpClientOptions) {
  const client = openHttpClient({ tls: { ca_file: fixture('ca.pem') }, ...options });
  const before = client.certificates();
  await client.request({ signal: new AbortController().signal });
  const after = client.certificates();
  await client.close();
  return { before, after };
}

describe('a host has shown', () => {
  test('its own certificate and those above it', async () => {
    const { port } = await https(['leaf', 'middle'], (_, response) => response.end());
    expect(await shown({ url: `https://127.0.0.1:${port}` })).toEqual({ before: [], after: [leaf, middle, root] });
  });

  test('its own, not that of the proxy before it', async () => {
    const host = await https(['leaf', 'middle'], (_, response) => response.end());
    const { port } = await proxy((socket) => {
      const way = connect(host.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      way.on('error', () => undefined).pipe(socket);
      socket.pipe(way);
    });
    const { after } = await shown({ url: 'https://api.example.test', proxy: `http://127.0.0.1:${port}` });
    expect(after).toEqual([leaf, middle, root]);
  });

  test.each<{ name: string; url: () => Promise<string> }>([
    { name: 'without TLS', url: async () => `http://127.0.0.1:${(await http((_, answer) => answer.end())).port}` },
    {
      name: 'when it is not trusted',
      url: async () => `https://127.0.0.1:${(await https(['alone'], (_, answer) => answer.end())).port}`,
    },
  ])('nothing $name', async ({ url }) => {
    expect((await shown({ url: await url() })).after).toEqual([]);
  });
});

describe('is said', () => {
  const early = { ...middle, untilMs: END_MS - 100 * DAY_MS };
  test.each([
    {
      name: 'who signed it, and until when',
      certificates: [leaf, middle, root],
      nowMs: 0,
      expected: {
        verdict: 'ok',
        detail: 'the certificate of localhost is trusted, signed by Test Middle, by Test Root; until 2120-01-01',
      },
    },
    {
      name: 'that of all of them one ends soon',
      certificates: [leaf, early, root],
      nowMs: END_MS - 114 * DAY_MS,
      expected: {
        verdict: 'warn',
        detail: 'the certificate of localhost is trusted, signed by Test Middle, by Test Root; until 2119-09-23',
        fix: 'renew that of Test Middle by then: events are held once it is over',
      },
    },
    {
      name: 'nothing of that one a moment earlier',
      certificates: [leaf, early, root],
      nowMs: END_MS - 114 * DAY_MS - 1,
      expected: { verdict: 'ok', detail: expect.stringContaining('until 2119-09-23') },
    },
    {
      name: 'that a day cannot be read',
      certificates: [{ ...root, untilMs: Number.NaN }],
      nowMs: 0,
      expected: { verdict: 'warn', detail: expect.stringContaining('until an unknown day'), fix: expect.any(String) },
    },
  ])('$name', ({ certificates, nowMs, expected }) => {
    expect(certificateCheck(certificates, nowMs)).toEqual({ name: 'tls', ...expected });
  });

  test('nothing of none', () => expect(certificateCheck([], 0)).toBe(undefined));
});
