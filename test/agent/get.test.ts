/** `audit-relay get` from a journal that a real run has written, while it runs and after. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Ended, type Running, run, start } from './command.ts';

const EMAIL = 'ada.canary@example.com';
const RECORD =
  '{"id":"audit_log-1","type":"login.failed","effective_at":SECONDS,"big":12345678901234567890,' +
  `"actor":{"type":"session","session":{"user":{"id":"user-1","email":"${EMAIL}"}}}}`;

let folder = '';
let record = '';
let simulator: Simulator;
let agent: Running;

/** An agent that has journaled everything and runs on. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-get-'));
  record = RECORD.replace('SECONDS', String(Math.floor(Date.now() / 1000) - 60));
  simulator = await startSimulator({ events: 300, spanMs: 3_600_000, knobs: { organization_logs: 'data' } });
  simulator.add([{ record }]);
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const config = {
    name: 'the-relay',
    sources: { acme: { ...source, organization: { id: 'org-1' }, backfill_start_time: '2h' } },
    redact_key: '${REDACT_KEY}',
    redact: [{ field: 'actor.session.user.email', with: 'hash' }],
    sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
  const older = { ...source, dialect: 'organization_logs' };
  writeFileSync(join(folder, 'older.yaml'), JSON.stringify({ ...config, sources: { old: older } }));
  agent = start({ args: ['run', '-c', 'relay.yaml'], cwd: folder, env: ENV });
  await agent.seen(/"STARTED"/);
  await vi.waitUntil(() => delivered() !== undefined, { timeout: 60_000 });
});
afterAll(async () => {
  agent.child.kill('SIGTERM');
  await agent.ended;
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const ENV = { KEY: 'sk-admin-simulator', REDACT_KEY: 'a secret of ours' };

function get(args: readonly string[], env: Readonly<Record<string, string>> = ENV): Promise<Ended> {
  return run({ args: ['get', ...args], cwd: folder, env });
}

/** As a sink has written it. */
function delivered(): unknown {
  const file = join(folder, 'out.ndjson');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line)).find(({ event }) => event.id === 'audit_log-1');
}

describe('an event of the journal', () => {
  test('is shown redacted and otherwise as the API sent it, while the agent runs', async () => {
    const { code, out, talk } = await get(['audit_log-1', '-c', 'relay.yaml']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\{.*"big":12345678901234567890.*"email":"[0-9a-f]{64}".*\}\n$/);
    expect(talk).toMatch(/^"login\.failed", source acme, feed organization, received 20.*Z\n$/);
  });

  test('is the document that the sinks got', async () => {
    const { out } = await get(['audit_log-1', '-c', 'relay.yaml', '--format', 'ecs']);
    expect(JSON.parse(out)).toEqual(delivered());
  });

  test('has for a script what is known about it on the same line', async () => {
    const { out, talk } = await get(['audit_log-1', '-c', 'relay.yaml', '--format', 'ocsf', '--json']);
    expect(talk).toBe('');
    expect(JSON.parse(out)).toEqual({
      id: 'audit_log-1',
      type: 'login.failed',
      source: 'acme',
      feed: 'organization',
      received: expect.stringMatching(/^20.*Z$/),
      document: expect.objectContaining({ class_uid: 3002 }),
    });
    expect(out).not.toContain('canary');
  });

  test('is shown whole when that is asked for, from the journal alone too', async () => {
    const original = await get(['audit_log-1', '-c', 'relay.yaml', '--original']);
    const alone = await get(['audit_log-1', '--journal', 'journal', '--original'], {});
    expect([original.out, alone.out]).toEqual([`${record}\n`, `${record}\n`]);
  });

  test('needs no key of a source', async () => {
    const { code, out } = await get(['audit_log-1', '-c', 'relay.yaml'], { REDACT_KEY: ENV.REDACT_KEY });
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/"email":"[0-9a-f]{64}"/) });
  });
});

describe('nothing is shown', () => {
  const cases: readonly [name: string, args: readonly string[], env: object, code: number, talk: RegExp][] = [
    ['of an id that never came', ['nobody', '-c', 'relay.yaml'], ENV, 1, /^nobody is not in the journal.*never came/],
    ['without the key of its hashes', ['audit_log-1', '-c', 'relay.yaml'], { KEY: 'x' }, 78, /REDACT_KEY is not set/],
    ['without a configuration to redact by', ['audit_log-1', '--journal', 'journal'], ENV, 78, /--original --journal/],
    ['of no journal', ['a', '--journal', 'nowhere', '--original'], ENV, 1, /^JOURNAL_MISSING: there is no journal/],
    ['without an id', ['-c', 'relay.yaml'], ENV, 2, /missing required argument 'id'/],
  ];
  test.each(cases)('%s', async (_, args, ...[env, code, talk]) => {
    expect(await get(args, { ...env })).toEqual({ code, out: '', talk: expect.stringMatching(talk) });
  });
});

describe('an event that is not in the journal', () => {
  test('is asked for at the API where that can be asked for one, and shown without prompts and responses', async () => {
    const id = await idOfResponse();
    const { code, out, talk } = await get([id, '-c', 'older.yaml']);
    expect(talk).toMatch(/ is not in the journal\..*\n"[^"]+", from the API of source old, received 20.*Z\n$/);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id });
    expect(out).not.toContain('"content"');
  });

  test('may not be there either', async () => {
    const { code, out, talk } = await get(['log_nobody', '-c', 'older.yaml']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(talk).toMatch(/\nThe API of source old does not have it either\.\n$/);
  });
});

/** An event of the older dialect that holds what a model has answered. */
async function idOfResponse(): Promise<string> {
  for (const { id } of simulator.truth('organization_logs')) {
    const headers = { authorization: `Bearer ${ENV.KEY}` };
    const text = await (await fetch(`${simulator.url}/organization_logs/${id}`, { headers })).text();
    if (id !== null && text.includes('"content":')) return id;
  }
  throw new Error('there is none');
}
