/** How a whole demo ends when the API does not let it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type DemoOptions, demo } from './demo.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** Reads the API at `url` once. */
async function once(url: string, options: Partial<DemoOptions> = {}): Promise<Ended> {
  const dir = mkdtempSync(join(tmpdir(), 'audit-relay-demo-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const texts = { out: '', talk: '' };
  const code = await demo(
    {
      dir,
      once: true,
      listen: '127.0.0.1:0',
      logLevel: 'warn',
      graceMs: 1_000,
      from: '2026-01-01',
      simulator: {},
      ...options,
    },
    {
      env: { OPENAI_ADMIN_KEY: 'sk-canary', OPENAI_BASE_URL: url },
      out: (text) => (texts.out += text),
      hide: () => undefined,
      talk: (text) => (texts.talk += text),
      columns: () => undefined,
      flushed: async () => true,
      input: () => Readable.from([]),
    },
  );
  return { code, ...texts };
}

/** A port at which nobody listens: one that was free a moment ago. */
async function deserted(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Bound to a port, so it is no pipe.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

test('an API that cannot be reached ends it with the reason, and with 1', async () => {
  const url = await deserted();
  const { code, out, talk } = await once(url, { patienceMs: 100 });
  expect(code).toBe(1);
  expect(talk).toMatch(/^Not everything was read: demo\/\w+: no answer for 0\.1 s: \S.*\n/m);
  expect(talk).toContain(`api      ${url}`);
  expect(out).toMatch(/^journal {2}0 events, 0 of them now .*\necs {6}0 events delivered now/);
  expect(out + talk).not.toContain('sk-canary');
});

test('says where it reads, and no password that stands in the address', async () => {
  const url = new URL(await deserted());
  url.username = 'ada';
  url.password = 'sk-canary';
  const { out, talk } = await once(url.href, { patienceMs: 100 });
  expect(talk).toContain(`api      ${url.origin}/v1\n`);
  expect(out + talk).not.toContain('sk-canary');
});

test('a real log is shown on loopback alone', async () => {
  const { code, talk } = await once('http://127.0.0.1:9/v1', { listen: '0.0.0.0:0' });
  expect({ code, talk }).toEqual({ code: 2, talk: expect.stringContaining('--listen is on loopback') });
});
