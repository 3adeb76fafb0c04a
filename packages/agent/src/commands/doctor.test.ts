/** What the doctor says of configuration, journal and sinks. A whole one with an API is in the tests across packages. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../doctor/finding.ts';
import { type DoctorOptions, doctor } from './doctor.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, 'journal'), { recursive: true, force: true }));
const config = join(folder, 'audit-relay.yaml');

/** A sink that opens to what `body` gives, a function's text with `config`, `context` and `closed` in reach. */
function plugin(name: string, body: string, more = ''): void {
  writeFileSync(
    join(folder, `${name}.mjs`),
    `export const sink = { type: '${name}', configSchema: { safeParse: (data) => ({ success: true, data }) },
      limits: () => ({ maxEvents: 9, maxBytes: 9, maxEventBytes: 9, maxInFlight: 1, sendMs: 9 }), open: async (config, context) => { const close = async () => {}; ${body} }, ${more} };`,
  );
}

plugin(
  'well',
  `return { close, check: async () => [{ name: 'reach', verdict: 'ok', detail: 'as ' + context.name }] };`,
);
plugin('silent', `return { close, check: async () => [] };`);
plugin(
  'telling',
  `return { close, check: async () => [{ name: 'token', verdict: 'warn', detail: config.key + ' is old', fix: 'renew it' }] };`,
);
plugin('throwing', `return { close, check: async () => { throw new Error('no way to ' + config.key); } };`);
plugin('unopened', `throw new Error('not now');`);
plugin('nonsense', `return { close, check: async () => undefined };`);
plugin('deaf', `return { close, check: () => new Promise(() => {}) };`);
plugin('stuck', `return new Promise(() => {});`);
plugin(
  'late',
  `return new Promise((resolve) => { globalThis.openLate = () => resolve({ close: async () => { globalThis.closedLate = true; } }); });`,
);
plugin('clinging', `return { close: async () => { throw new Error('still busy'); }, check: async () => [] };`);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** One look with these sinks, `name: type` each. Nothing listens where its source is. */
async function look(
  sinks: Readonly<Record<string, string>>,
  options: Partial<DoctorOptions> = {},
  create = 'auto',
): Promise<Ended> {
  const rows = Object.entries(sinks).map(([name, type]) => `  ${name}: { type: ./${type}.mjs, key: "\${KEY}" }\n`);
  const source = 'type: openai, api_key: "${KEY}", base_url: "http://127.0.0.1:1/v1"';
  const journal = `journal: { path: "${join(folder, 'journal')}", create: ${create} }\n`;
  const http = 'http: { listen: 127.0.0.1:0 }\n';
  writeFileSync(config, `sources: { acme: { ${source} } }\nsinks:\n${rows.join('')}${journal}${http}`);
  const texts = { out: '', talk: '' };
  const code = await doctor(
    { config, json: false, terminal: false, ...options },
    {
      env: { KEY: 'sk-admin-canary', HTTP_PROXY: '' },
      out: (text) => (texts.out += text),
      hide: () => undefined,
      talk: (text) => (texts.talk += text),
      columns: () => undefined,
      flushed: () => Promise.resolve(true),
      input: () => Readable.from([]),
    },
  );
  expect(texts.out + texts.talk).not.toContain('canary');
  return { code, ...texts };
}

describe('of a sink is told', () => {
  const cases: readonly [what: string, type: string, code: number, out: RegExp][] = [
    ['what it says', 'well', 0, /^sink it\n {2}ok {3}reach: as it\n$/m],
    ['that it says nothing', 'silent', 0, /^ {2}ok {3}open: it opens, and has no checks of its own\n$/m],
    [
      'a warning with its fix, and no secret',
      'telling',
      0,
      /^ {2}warn token: \[hidden\] is old\n {7}fix: renew it\n$/m,
    ],
    ['that its check throws', 'throwing', 1, /^ {2}fail check: no way to \[hidden\]\n {7}fix: look at the address/m],
    ['that it does not open', 'unopened', 1, /^ {2}fail open: not now\n/m],
    ['that it answers nonsense', 'nonsense', 1, /^ {2}fail check: .*undefined.*\n/m],
    ['that its check has no end', 'deaf', 1, /^ {2}fail check: not done within 0\.05 s\n/m],
    ['that it opens for ever', 'stuck', 1, /^ {2}fail open: not done within 0\.05 s\n/m],
    ['that it does not close', 'clinging', 0, /^ {2}ok {3}open: .*\n {2}warn close: still busy\n {7}fix: report it/m],
  ];
  test.each(cases)('%s', async (_, type, ...[expected, text]) => {
    const limitMs = /deaf|stuck/.test(type) ? 50 : 30_000;
    const { code, out } = await look({ other: 'well', it: type }, { sink: 'it', limitMs });
    expect({ code, out }).toEqual({ code: expected, out: expect.stringMatching(text) });
    expect(out).not.toMatch(/^(sink other|source|journal)/m);
  });
});

describe('of a test event is told', () => {
  const locate = `locate: ({ id }) => 'search ' + id`;
  const sends = (name: string, send: string, checks = '[]'): void =>
    plugin(name, `return { close, check: async () => ${checks}, send: async (batch, call) => { ${send} } };`, locate);
  sends(
    'taking',
    `const [{ id, type, json }] = batch.envelopes; globalThis.taken = { id, type, json }; return { kind: 'acked' };`,
  );
  sends('partly', `return { kind: 'partial', acked: 1, failures: [] };`);
  sends('refusing', `return { kind: 'blocked', reason: config.key + ' is wrong: renew it' };`);
  sends('waiting', `call.accepted(); return new Promise(() => {});`);
  sends('lost', `return new Promise(() => {});`);
  sends('broken', `throw new Error('oh ' + config.key);`);
  sends(
    'unwell',
    `globalThis.sentAnyway = true;`,
    `[{ name: 'token', verdict: 'fail', detail: 'wrong', fix: 'renew' }]`,
  );
  const id = 'audit-relay-test-[0-9a-f-]{36}';

  const cases: readonly [what: string, type: string, code: number, out: string][] = [
    ['where it is', 'taking', 0, `ok {3}test event: delivered; to find it: search ${id}\n`],
    ['where it is, of one in parts', 'partly', 0, `ok {3}test event: delivered; to find it: search ${id}\n`],
    ['that it is refused', 'refusing', 1, `fail test event: blocked: \\[hidden\\] is wrong: renew it\n {7}fix: mend`],
    [
      'that it is taken and not yet confirmed',
      'waiting',
      0,
      `warn test event: ${id} is taken, and not confirmed within 0.05 s\n {7}fix: look for it .*: search ${id}\n`,
    ],
    ['that nothing comes back', 'lost', 1, 'fail test event: not done within 0.05 s\n'],
    ['that the sink breaks', 'broken', 1, 'fail test event: oh \\[hidden\\]\n'],
    ['that it was not sent', 'unwell', 1, 'warn test event: not sent, for what failed above\n'],
    ['that the sink takes none', 'well', 0, 'ok {3}test event: none sent: well takes none\n'],
  ];
  test.each(cases)('%s', async (_, type, ...[expected, text]) => {
    const limitMs = /waiting|lost/.test(type) ? 50 : 30_000;
    const { code, out } = await look({ it: type }, { sink: 'it', limitMs, sendTestEvent: true });
    expect({ code, out }).toEqual({ code: expected, out: expect.stringMatching(text) });
    expect(globalThis).not.toHaveProperty('sentAnyway');
  });

  test('that says of itself what it is, only when it is asked for', async () => {
    // What that plugin puts there.
    const seen = globalThis as { taken?: { readonly id: string; readonly type: string; readonly json: string } };
    delete seen.taken;
    expect((await look({ it: 'taking' }, { sink: 'it' })).out).not.toContain('test event');
    expect(seen).not.toHaveProperty('taken');
    await look({ it: 'taking' }, { sink: 'it', sendTestEvent: true });
    const { id, type, json } = { id: '', type: '', json: '{}', ...(seen.taken as object | undefined) };
    expect(type).toBe('audit_relay.test');
    expect(JSON.parse(json)).toMatchObject({ event: { id, action: 'audit_relay.test' } });
    expect(json).toContain('a test event of audit-relay doctor: nothing happened');
  });
});

test('a sink that opens after all is closed again', async () => {
  // What that plugin puts there.
  const late = globalThis as { openLate?: () => void; closedLate?: true };
  expect((await look({ it: 'late' }, { sink: 'it', limitMs: 20 })).out).toMatch(/fail open: not done within/);
  late.openLate?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(late.closedLate).toBe(true);
});

describe('of a journal is told', () => {
  const cases: readonly [what: string, creates: string, spoil: () => void, out: RegExp][] = [
    [
      'that there is none yet',
      'auto',
      () => undefined,
      /ok {3}content: there is none yet.*\n {2}ok {3}folder: .* may be/,
    ],
    [
      'that one is missing',
      'never',
      () => undefined,
      /fail JOURNAL_MISSING: there is no journal in .*\n {7}fix: mount/,
    ],
    ['that it is of something else', 'auto', foreign, /fail JOURNAL_FOREIGN: .* holds other files\n {7}fix: choose/],
  ];
  test.each(cases)('%s', async (_, creates, ...[spoil, text]) => {
    spoil();
    expect((await look({ it: 'well' }, {}, creates)).out).toMatch(text);
  });
});

function foreign(): void {
  mkdirSync(join(folder, 'journal'));
  writeFileSync(join(folder, 'journal', 'thesis.txt'), 'mine');
}

test('of a source that does not answer is told why, and the rest is looked at', async () => {
  const { code, out, talk } = await look({ it: 'well' });
  expect(code).toBe(1);
  expect(out).toMatch(
    /fail reach: http:\/\/127\.0\.0\.1:1\/v1: the host refuses the connection \(ECONNREFUSED\)\n {7}fix: check its port in base_url/,
  );
  expect(out).toMatch(/^sink it$/m);
  expect(talk).toMatch(/^7 ok, 0 to look at, 1 failed; each code: https:\S+ERRORS\.md\n$/);
});

test('on a terminal signs stand for the verdicts', async () => {
  const { out } = await look({ it: 'telling' }, { terminal: true });
  expect(out).toMatch(/^ {2}✓ valid: 1 source\(s\), 1 sink\(s\)$/m);
  expect(out).toMatch(/^ {2}✗ reach: /m);
  expect(out).toMatch(/^ {2}! token: .*\n {4}fix: renew it$/m);
});

test('--json is a list of findings', async () => {
  const { code, out } = await look({ it: 'telling' }, { json: true, sink: 'it' });
  // What has just been printed.
  const findings = JSON.parse(out) as readonly Finding[];
  expect(code).toBe(0);
  expect(findings).toEqual([
    { about: 'configuration', of: config, name: 'valid', verdict: 'ok', detail: '1 source(s), 1 sink(s)' },
    { about: 'sink', of: 'it', name: 'token', verdict: 'warn', detail: '[hidden] is old', fix: 'renew it' },
  ]);
});

test('a configuration that is not good is all that is told, with 78', async () => {
  const { code, out } = await look({ it: 'nowhere' });
  expect(code).toBe(78);
  expect(out).toMatch(
    /^configuration .*\n {2}fail CONFIG_SINK_MISSING: line 3, column 15, sinks\.it\.type: .*\n {7}fix: .*\n$/,
  );
});

test.each(['source', 'sink'])('an unknown %s is wrong usage', async (what) => {
  const { code, out, talk } = await look({ it: 'well' }, { [what]: 'its' });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(talk).toMatch(new RegExp(`^no ${what} its; `));
});
