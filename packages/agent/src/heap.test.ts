import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { openHttpClient } from '@audit-relay/sink-http';
import { expect, onTestFinished, test } from 'vitest';
import { collectGarbage, keepHeapSmall } from './heap.ts';

test('a collection takes what nobody holds', async () => {
  const held = { of: 'somebody' };
  const refs = [new WeakRef(held), new WeakRef({ of: 'nobody' })];
  // A reference that was made or read lives until the turn is over.
  await new Promise(setImmediate);
  collectGarbage();
  expect(refs.map((ref) => ref.deref()?.of)).toEqual(['somebody', undefined]);
});

/** Until V8 takes the parser of answers for hot: without our flags it is by half as many. */
const REQUESTS = 600;

test('the parser of HTTP is compiled once, and not again with 20 MB and more', async () => {
  keepHeapSmall();
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  const client = openHttpClient({ url: `http://127.0.0.1:${port}`, tls: {}, headers: {}, timeoutMs: 60_000 });
  onTestFinished(() => client.close());
  const { signal } = new AbortController();
  for (let asked = 0; asked < REQUESTS; asked++) await client.request({ method: 'GET', path: '', signal });
  expect(getHeapStatistics().peak_malloced_memory).toBeLessThan(20e6);
});
