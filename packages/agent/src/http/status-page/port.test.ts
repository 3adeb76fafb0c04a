/** The status page as a browser is served it, and its live part as a reader of any kind has it, over real sockets. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, world } from '../port.test.fixture.ts';
import { MAX_READERS } from './live.ts';

const TOKEN = 'a-token-of-enough-letters';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const SHOWN = { authorization: `Bearer ${TOKEN}` };

describe('the page', () => {
  test('is what a browser gets at /, and a list what all others get', async () => {
    const { url } = await world();
    const page = await ask(`${url}/`, { headers: BROWSER });
    expect(page).toMatchObject({ code: 200, text: '<!doctype html>' });
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept' });
    const list = await ask(`${url}/`);
    expect(list.text).toContain('/status/live');
    expect(list.headers['vary']).toBe('Accept');
  });

  test('and its parts are served without a token, as a browser has none before it has asked for it', async () => {
    const { url, asked } = await world({ token: TOKEN });
    expect(await ask(`${url}/`, { headers: BROWSER })).toMatchObject({ code: 200, text: '<!doctype html>' });
    expect(await ask(`${url}/assets/page-1a2b.js`)).toMatchObject({ code: 200, text: 'start();' });
    expect((await ask(`${url}/`)).code).toBe(401);
    expect(asked()).toBe(0);
  });

  test('is not for a page that has its name resolve to this machine', async () => {
    const { url } = await world();
    for (const path of ['/', '/assets/page-1a2b.js', '/status/live']) {
      expect((await ask(url + path, { headers: { ...BROWSER, host: 'attacker.example' } })).code).toBe(403);
    }
  });

  test('runs no script but its own, asks no other host, stands in no frame and is kept nowhere', async () => {
    const { url } = await world();
    const { headers } = await ask(`${url}/`, { headers: BROWSER });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
    );
    expect(policy.join(' ')).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  test.each([
    '/assets/',
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
    '/index.html',
    '/assets/page-1a2b.js.map',
  ])('has no other file: %s', async (path) => {
    const { url } = await world();
    expect((await ask(url + path)).code).toBe(404);
  });

  test('that is not built leaves the list', async () => {
    const { url } = await world({}, { files: async () => new Map() });
    expect((await ask(`${url}/`, { headers: BROWSER })).text).toContain('/status ');
  });
});

interface Stream {
  readonly answer: IncomingMessage;
  /** The data of the next event of this name. */
  next(name: string): Promise<unknown>;
  end(): void;
}

function stream(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/status/live`, { agent: false, headers }, (answer) => {
      let text = '';
      let wake = (): void => undefined;
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
        wake();
      });
      const next = async (name: string): Promise<unknown> => {
        for (;;) {
          const found = new RegExp(`event: ${name}\\ndata: (.*)\\n\\n`).exec(text);
          if (found === null) await new Promise<void>((resolveMore) => (wake = resolveMore));
          else {
            text = text.slice(found.index + found[0].length);
            return JSON.parse(found[1] ?? '');
          }
        }
      };
      resolve({ answer, next, end: () => asking.destroy() });
    });
    onTestFinished(() => void asking.destroy());
    asking.on('error', reject).end();
  });
}

/** A clock whose next second comes when the test says so. */
function seconds() {
  let tick = (): void => undefined;
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (ms === 1_000) tick = resolve;
    });
  const runtime = { now: () => 1_790_000_100_000, elapsedMs: () => 5_000, sleep };
  return { runtime, tick: () => tick() };
}

describe('/status/live', () => {
  test('begins with the history and all that is known, and says no secret', async () => {
    const { url } = await world();
    const { answer, next } = await stream(url);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(await next('history')).toEqual({ samples: [] });
    expect(await next('configuration')).toEqual({ yaml: 'name: [hidden]' });
    expect(await next('dead_letters')).toEqual({ siem: [] });
    expect(await next('status')).toMatchObject({ atMs: 1_790_000_100_000, agent: { state: 'running' }, lanes: {} });
  });

  test('tells the status again each second, and the rest when it has changed', async () => {
    const { runtime, tick } = seconds();
    let at = 1;
    let yaml = 'a: 1';
    const { url } = await world({}, { runtime: { ...runtime, now: () => at }, configuration: () => yaml });
    const { next } = await stream(url);
    await next('status');
    at = 2;
    tick();
    expect(await next('status')).toMatchObject({ atMs: 2 });
    [at, yaml] = [3, 'a: 2'];
    tick();
    expect(await next('configuration')).toEqual({ yaml: 'a: 2' });
  });

  test('wants the token, and ends when the token is another', async () => {
    const { runtime, tick } = seconds();
    let token = TOKEN;
    const { url } = await world({}, { runtime, access: () => ({ token }) });
    expect((await ask(`${url}/status/live`)).code).toBe(401);
    const { answer, next } = await stream(url, SHOWN);
    await next('status');
    token = 'another-token-of-enough-letters';
    const closed = once(answer, 'end');
    tick();
    await closed;
  });

  test(`is for ${MAX_READERS} readers at a time, and one that leaves makes room`, async () => {
    const { url } = await world();
    const streams = [];
    for (let n = 0; n < MAX_READERS; n += 1) streams.push(await stream(url));
    expect(await ask(`${url}/status/live`)).toMatchObject({ code: 503, headers: { 'retry-after': '10' } });
    expect((await ask(`${url}/status`)).code).toBe(200);
    streams[0]?.end();
    await expect.poll(async () => (await ask(`${url}/status/live`)).code).toBe(200);
  });

  test('HEAD takes no reader’s place', async () => {
    const { url } = await world();
    for (let n = 0; n < 2 * MAX_READERS; n += 1) {
      expect((await ask(`${url}/status/live`, { method: 'HEAD' })).code).toBe(200);
    }
  });

  test('ends with the port', async () => {
    const { url, close } = await world();
    const { answer, next } = await stream(url);
    await next('status');
    const ended = once(answer, 'close');
    await close();
    await ended;
  });
});
