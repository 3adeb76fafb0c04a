import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../cli.ts';
import { VERSION } from '../version.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-map-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** `audit-relay map` with something on stdin; `readers` is how often stdout takes more. */
async function map(input: string, args: readonly string[], readers = Number.POSITIVE_INFINITY): Promise<Ended> {
  const texts = { out: '', talk: '' };
  let left = readers;
  const code = await main(['map', ...args], {
    env: {},
    out: (text) => (texts.out += text),
    flushed: () => {
      left -= 1;
      return Promise.resolve(left > 0);
    },
    input: () => Readable.from([Buffer.from(input)]),
    hide: () => undefined,
    talk: (text) => (texts.talk += text),
    columns: () => undefined,
  });
  return { code, ...texts };
}

function configured(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const RECORD = JSON.stringify({
  id: 'audit_log-1',
  type: 'login.failed',
  effective_at: 1_753_089_116,
  actor: { type: 'session', session: { user: { id: 'user-1', email: 'ada@example.com' }, ip_address: '192.0.2.1' } },
});

const golden = fileURLToPath(new URL('../../../core/src/normalize/__fixtures__/golden/', import.meta.url));

test.each(readdirSync(golden))('gives the bytes of the worked example %s', async (name) => {
  const { context, input, ecs, ocsf } = JSON.parse(readFileSync(golden + name, 'utf8'));
  const known = { 'organization-id': context.organization?.id, 'organization-name': context.organization?.name };
  const args = Object.entries({ ...known, 'relay-name': context.agent.name }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value],
  );
  const receivedAt = new Date(context.received_ms).toISOString();
  const { code, out } = await map(JSON.stringify(input), [...args, '--format', 'both', '--received-at', receivedAt]);
  expect(code).toBe(0);
  expect(out).toBe(`{"ecs":${JSON.stringify(ecs)},"ocsf":${JSON.stringify(ocsf)}}\n`);
  expect(context.agent.version).toBe(VERSION);
});

describe('lines', () => {
  test('that are no event are named with their number, and the rest goes on', async () => {
    const { code, out, talk } = await map(`nonsense\n${RECORD}\n\n[1]\n{"type":"a.b"}\r\n${RECORD}\r\n`, []);
    expect(code).toBe(1);
    expect(out.split('\n')).toHaveLength(3);
    expect(talk).toBe('stdin:1: it is no JSON\nstdin:4: the record is no object\nstdin:5: the record has no id\n');
  });

  test('are read no further when nobody reads what becomes of them', async () => {
    const { code, out } = await map(`${RECORD}\n`.repeat(10), [], 3);
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(4);
  });

  test('come from a file that is named', async () => {
    const file = configured('events.ndjson', `${RECORD}\n{}\n`);
    const { out, talk } = await map('', [file, '--format', 'ocsf']);
    expect(JSON.parse(out).class_uid).toBe(3002);
    expect(talk).toBe(`${file}:2: the record has no id\n`);
    expect(await map('', [join(folder, 'none')])).toMatchObject({
      code: 1,
      out: '',
      talk: expect.stringMatching(/ENOENT/),
    });
  });

  test('are dated when the API says no time, by what the command line says', async () => {
    const { out } = await map('{"id":"a","type":"b.c"}', ['--received-at', '2026-01-02T03:04:05.678+01:00']);
    expect(JSON.parse(out)['@timestamp']).toBe('2026-01-02T02:04:05.678Z');
    expect((await map(RECORD, ['--received-at', '2026-01-02'])).code).toBe(2);
  });
});

describe('a configuration', () => {
  test('redacts and sets severities, though it is not whole', async () => {
    const file = configured(
      'part.yaml',
      'sources: { a: { type: openai, api_key: "${NO}" } }\nredact: [{ field: actor.session.user.email, with: mask }]\nnormalize: { original: true, severity: { login.failed: 5 } }\n',
    );
    const { code, out } = await map(RECORD, ['-c', file, '--format', 'both']);
    expect(code).toBe(0);
    expect(out).toContain('[redacted]');
    expect(out).not.toContain('ada@example.com');
    expect(JSON.parse(out)).toMatchObject({
      ecs: { event: { original: expect.stringContaining('login.failed') } },
      ocsf: { severity_id: 5, raw_data: expect.stringContaining('login.failed') },
    });
  });

  const refused: readonly [name: string, text: string][] = [
    ['that cannot be read to its end', 'sources: {\nredact: [{ field: actor, with: drop }]\n'],
    ['with a typo at the top', 'redakt: [{ field: actor, with: drop }]\n'],
    ['whose key is not set in this shell', 'redact_key: ${NO}\nredact: [{ field: actor, with: hash }]\n'],
  ];
  test.each(refused)('%s shows no event', async (_, text) => {
    expect(await map(RECORD, ['-c', configured('refused.yaml', text)])).toMatchObject({ code: 78, out: '' });
  });
});

describe('an explanation', () => {
  test('says of every field where it goes in either format', async () => {
    const { code, out } = await map(RECORD, ['--explain']);
    expect(code).toBe(0);
    const lines = out.split('\n').map((line) => line.trim());
    expect(lines[0]).toBe('audit_log-1  login.failed');
    const email = lines.indexOf('actor.session.user.email');
    expect(lines[email + 1]).toMatch(/^ecs {3}→ user.name, user.email, related.user\[\] {2}~ message, user.domain$/);
    expect(lines[email + 2]).toMatch(/^ocsf {2}→ actor.user.name, actor.user.email_addr/);
    expect(lines).toContain('(no field of the record)');
  });

  test('shows no value that the configuration redacts, nor any other', async () => {
    const { out } = await map(RECORD, ['--explain', '--format', 'ecs']);
    expect(out).not.toMatch(/ada@|192\.0|ocsf/);
  });

  test('is not given of what is deeper than any stack', async () => {
    const deep = `{"id":"a","type":"b.c","b.c":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(await map(deep, ['--explain'])).toMatchObject({ code: 1, talk: expect.stringMatching(/too deeply/) });
  });
});
