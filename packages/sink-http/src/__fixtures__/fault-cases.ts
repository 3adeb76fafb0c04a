/** One request to a server that goes wrong in one way, and what is to be said of it. */
import { expect, onTestFinished, test } from 'vitest';
import { type HttpClientOptions, openHttpClient } from '../client.ts';
import type { TlsFiles } from '../connect/tls-files.ts';
import type { HttpFault } from '../fault/fault.ts';
import { fixture, type Listening } from './servers.ts';

export const ok = (_: unknown, response: { end(text: string): void }): void => response.end('yes');
export const CA: TlsFiles = { ca_file: fixture('ca.pem') };

export async function replyFrom(url: string, options: Partial<HttpClientOptions> = {}): Promise<string | HttpFault> {
  const client = openHttpClient({ url, ...options });
  onTestFinished(() => client.close());
  const reply = await client.request({ method: 'POST', body: '{}', signal: new AbortController().signal });
  return reply.kind === 'answer' ? `${reply.status} ${reply.text()}` : reply;
}

export interface FaultCase {
  readonly name: string;
  readonly server: () => Promise<Listening>;
  readonly scheme?: 'http' | 'https';
  readonly options?: Partial<HttpClientOptions>;
  readonly fault: Partial<HttpFault>;
  readonly words: string;
}

export function faultCases(cases: readonly FaultCase[]): void {
  test.each(cases)('$name', async ({ server, scheme = 'https', options, fault, words }) => {
    const { port, connections } = await server();
    const reply = await replyFrom(`${scheme}://127.0.0.1:${port}`, { ...options });
    expect(reply).toMatchObject({ kind: 'fault', ...fault, reason: expect.stringContaining(words) });
    // One request is one attempt to connect, at most.
    expect(connections()).toBe(1);
  });
}

