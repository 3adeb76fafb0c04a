/** `audit-relay dead-letters` on what a real run has set aside: beside the agent and without it, and through kills. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Agents, killed } from './agents.ts';
import { type Ended, type Running, run } from './command.ts';

const EMAIL = 'ada.canary@example.com';
const ENV = { KEY: 'sk-canary-of-the-source', TOKEN: 'canary-of-the-sink' };

/** A peer in a folder: refuses every third event while `refuse` is there, and forgets to answer while `hang` is. */
const SINK = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
const failure = { kind: 'rejected', reason: 'mapper_parsing_exception: no such field, ' + 'and so on '.repeat(12) };
export const picky = {
  type: 'picky',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 5, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 1, sendMs: 60000 }),
  open: async ({ folder }) => ({
    send: async ({ envelopes, replay }, { signal }) => {
      const isRefused = ({ timeMs }) => existsSync(folder + '/refuse') && (timeMs / 1000) % 3 === 0;
      const taken = envelopes.filter((one) => !isRefused(one));
      appendFileSync(folder + '/taken', taken.map(({ id }) => id + ' ' + replay + '\\n').join(''));
      if (existsSync(folder + '/hang')) await setTimeout(60000, undefined, { signal });
      const failures = envelopes.flatMap((one, index) => (isRefused(one) ? [{ index, failure }] : []));
      return failures.length === 0 ? { kind: 'acked' } : { kind: 'partial', acked: taken.length, failures };
    },
    check: async () => [],
    close: async () => {},
  }),
};`;

let folder = '';
let simulator: Simulator;
const agents = new Agents(ENV);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-letters-'));
  simulator = await startSimulator({ events: 120, spanMs: 3_600_000, key: ENV.KEY });
  // Of a second that is refused, so that its address is in a dead letter.
  const seconds = Math.floor(Date.now() / 3_000) * 3 - 60;
  const actor = `{"type":"session","session":{"user":{"id":"user-1","email":"${EMAIL}"}}}`;
  const record = `{"id":"audit_log-ada","type":"login.failed","effective_at":${seconds},"big":12345678901234567890,"actor":${actor}}`;
  simulator.add([{ record }]);
  writeFileSync(join(folder, 'picky.mjs'), SINK);
  writeFileSync(join(folder, 'refuse'), '');
  configure('siem');
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

function configure(sink: string): void {
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...source, requests_per_second: 100, backfill_start_time: '2h' } },
    redact: [{ field: 'actor.session.user.email', with: 'mask' }],
    sinks: { [sink]: { type: './picky.mjs', folder, token: '${TOKEN}', format: 'ocsf' } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
}

const agent = (): Promise<Running> => agents.run(folder);

const letters = (...args: readonly string[]): Promise<Ended> =>
  run({ args: ['dead-letters', ...args], cwd: folder, env: ENV });
const status = async (): Promise<SinkStatus> => {
  const { out } = await run({ args: ['status', '--json'], cwd: folder, env: ENV });
  return JSON.parse(out).sinks[0];
};

interface SinkStatus {
  readonly behind: number;
  readonly deadLetters: number;
  readonly law: {
    readonly journaled: number;
    readonly acked: number;
    readonly deadLettered: number;
    readonly held: number;
  };
  readonly letters?: object;
}

/** All that is journaled is settled. */
async function settled(): Promise<SinkStatus> {
  const look = async (): Promise<SinkStatus | false> => {
    const now = await status();
    return now.behind === 0 && now.law.journaled >= 100 && now;
  };
  return vi.waitUntil(look, { timeout: 60_000, interval: 200 });
}

interface Taken {
  readonly id: string;
  readonly replay: boolean;
}

/** What the peer has been given, in order. */
function taken(): readonly Taken[] {
  const path = join(folder, 'taken');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return lines.map((line) => ({ id: line.split(' ')[0] ?? '', replay: line.endsWith(' true') }));
}

const heads = async (...args: readonly string[]): Promise<readonly Head[]> =>
  JSON.parse((await letters('list', '--json', ...args)).out);

interface Head {
  readonly id: string;
  readonly event: { readonly id: string; readonly type: string };
}

describe('beside an agent', () => {
  test('they are listed, shown, exported, and found by their event, redacted and without a secret', async () => {
    const running = await agent();
    const { deadLetters } = await settled();
    const listed = await letters('list', '--limit', '1000');
    const all = await heads();
    expect(all).toHaveLength(deadLetters);
    expect(listed.talk).toContain(`${deadLetters} dead letters`);
    expect(listed.out.split('\n').every((line) => line.length <= 80)).toBe(true);
    const ada = all.find(({ event }) => event.id === 'audit_log-ada');
    expect(ada).toEqual({
      id: expect.stringMatching(/^siem\/\d+$/),
      sink: 'siem',
      source: 'acme',
      kind: 'rejected',
      reason: expect.stringMatching(/^mapper_parsing_exception/),
      attempts: 1,
      first: expect.stringMatching(/Z$/),
      last: expect.stringMatching(/Z$/),
      event: { id: 'audit_log-ada', type: 'login.failed', time: expect.stringMatching(/Z$/), feed: 'organization' },
    });
    const id = ada?.id ?? '';
    await running.seen(/audit-relay dead-letters show siem\/\d+/);

    const shown = await letters('show', id);
    expect(shown.out).toContain(`${id}\n  sink        siem\n`);
    const whole = JSON.parse((await letters('show', id, '--json')).out);
    expect(whole).toMatchObject({
      ...ada,
      format: 'ocsf',
      raw: { id: 'audit_log-ada' },
      document: { class_uid: 3002 },
    });
    const original = await letters('show', id, '--json', '--original');
    expect(original.out).toContain(EMAIL);
    expect(original.out).toContain('12345678901234567890');

    const out = join(folder, 'letters.ndjson');
    expect(await letters('export', '--out', out)).toMatchObject({ code: 0 });
    expect(await letters('export', '--out', out)).toMatchObject({
      code: 1,
      talk: expect.stringContaining('OUTPUT_REFUSED'),
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(all.map((head) => head.id));
    const got = await run({ args: ['get', 'audit_log-ada'], cwd: folder, env: ENV });
    expect(got.talk).toContain(`dead letter ${id}, rejected: audit-relay dead-letters show ${id}`);

    running.child.kill('SIGTERM');
    const { talk } = await running.ended;
    const said = [listed, shown, got].flatMap((one) => [one.out, one.talk]).join('') + readFileSync(out, 'utf8') + talk;
    for (const secret of [EMAIL, ENV.KEY, ENV.TOKEN]) expect(said).not.toContain(secret);
  });

  test('filters choose, what is dropped is counted apart, and what is retried is at the peer once', async () => {
    await agent();
    const before = await settled();
    const all = await heads();
    const [first, second] = all;
    const { type = '' } = first?.event ?? {};
    const ofType = all.filter(({ event }) => event.type === type);
    expect(await heads('--type', type)).toEqual(ofType);
    expect(await heads('--reason', 'NO SUCH field', '--sink', 'siem', '--from', '1h')).toEqual(all);
    expect(await heads('--reason', 'too_large')).toEqual([]);
    expect(await heads('--to', '1h')).toEqual([]);

    expect(await letters('drop')).toMatchObject({ code: 2 });
    expect(await letters('drop', '--all', '--dry-run')).toMatchObject({ code: 0 });
    expect(await letters('drop', first?.id ?? '')).toMatchObject({
      code: 0,
      talk: expect.stringContaining('1 dead letter is dropped'),
    });
    expect(await letters('drop', first?.id ?? '')).toMatchObject({ code: 1 });
    expect(await status()).toMatchObject({ deadLetters: all.length - 1, letters: { dropped: 1 } });

    expect(await letters('retry', second?.id ?? '')).toMatchObject({ code: 0 });
    await vi.waitUntil(
      async () => (await heads()).some(({ id, ...head }) => id === second?.id && Reflect.get(head, 'attempts') === 2),
      { timeout: 30_000 },
    );
    rmSync(join(folder, 'refuse'));
    const retried = JSON.parse((await letters('retry', '--all', '--json')).out);
    expect(retried).toMatchObject({
      action: 'retry',
      selected: all.length - 1,
      changed: all.length - 1,
      byAgent: true,
    });
    await vi.waitUntil(async () => (await status()).deadLetters === 0, { timeout: 30_000 });
    const ids = taken().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = all.slice(1).map(({ event }) => event.id);
    expect(
      taken()
        .filter(({ replay }) => replay)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(wanted.toSorted());
    // The law counts what became of each event at first: neither a retry nor a drop changes it.
    const after = await status();
    expect(after.law).toMatchObject({ deadLettered: before.law.deadLettered });
    expect(after).toMatchObject({ letters: { dropped: 1, retried: { acked: all.length - 1 } } });
  });
});

test('records of the source without an id are listed, shown, exported and dropped, and a retry passes over them', async () => {
  const records = [`{"type":"login.failed","of":"${EMAIL}"}`, '"only text"', '42'];
  simulator.add(records.map((record) => ({ record })));
  rmSync(join(folder, 'refuse'));
  const unusable = ['--source', 'acme', '--reason', 'unusable'];
  const running = await agent();
  await running.seen(/RECORDS_UNUSABLE/);
  await vi.waitUntil(async () => (await heads(...unusable)).length === 3, { timeout: 30_000 });
  const all = await heads('--source', 'acme');
  const ids = all.map(({ id }) => id);
  const [id = '', ...others] = ids;
  for (const one of all) {
    expect(one).toEqual({
      id: expect.stringMatching(/^acme\/record-[0-9a-f]{12}$/),
      source: 'acme',
      kind: 'unusable',
      reason: expect.stringMatching(/^the record /),
      attempts: 0,
      first: expect.stringMatching(/Z$/),
      last: expect.stringMatching(/Z$/),
    });
    await running.seen(new RegExp(`RECORDS_UNUSABLE.*${one.id}.*audit-relay dead-letters show acme/record-`));
  }

  // Beside the agent.
  expect(await letters('retry', '--all')).toMatchObject({
    code: 0,
    talk: expect.stringMatching(/cannot go again: export or drop it\nno dead letter that can go again is chosen\n$/),
  });
  expect(await letters('retry', id)).toMatchObject({ code: 1, talk: expect.stringContaining(id) });
  expect((await letters('show', id)).out).toContain('--original shows it');
  expect(JSON.parse((await letters('show', id, '--json', '--original')).out)).toMatchObject({
    ...all[0],
    raw: expect.anything(),
  });
  const out = join(folder, 'records.ndjson');
  expect(await letters('export', ...unusable, '--original', '--out', out)).toMatchObject({ code: 0 });
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  const exported = lines.map((line): { readonly id: string; readonly raw: unknown } => JSON.parse(line));
  expect(exported.map((one) => one.id)).toEqual(ids);
  expect(exported.map(({ raw }) => JSON.stringify(raw)).toSorted()).toEqual(records.toSorted());
  expect(await letters('drop', id)).toMatchObject({ code: 0 });
  expect((await heads()).map((head) => head.id)).toEqual(others);
  await killed(running);

  // Without it.
  const retried = await letters('retry', '--all', '--json');
  expect(retried.code).toBe(0);
  expect(JSON.parse(retried.out)).toEqual({
    action: 'retry',
    selected: 2,
    changed: 0,
    byAgent: false,
    ids: [],
    passedOver: others,
  });
  expect((await letters('show', others[0] ?? '')).out).toContain(`${others[0]}\n  source      acme\n`);
  expect(await letters('drop', ...unusable)).toMatchObject({ code: 0 });
  expect(await letters('drop', '--all')).toMatchObject({
    code: 0,
    talk: expect.stringContaining('no dead letter is chosen'),
  });
  expect(await heads()).toEqual([]);
  const { out: said } = await run({ args: ['status', '--json'], cwd: folder, env: ENV });
  expect(JSON.parse(said)).toMatchObject({ unusable: {}, unusableDropped: { acme: 3 } });
  expect(existsSync(join(folder, 'journal', 'unreadable', 'acme', 'records_without_a_usable_id'))).toBe(false);
});

describe('without one', () => {
  test('a retry is kept through a kill in its middle, and what the peer had already comes once more as replay', async () => {
    const first = await agent();
    await settled();
    await killed(first);
    const all = await heads();
    rmSync(join(folder, 'refuse'));
    expect(await letters('retry', '--all')).toMatchObject({
      code: 0,
      talk: expect.stringContaining('at the next start of an agent'),
    });
    expect(await heads()).toHaveLength(all.length);
    // The peer takes the first five and never answers.
    writeFileSync(join(folder, 'hang'), '');
    const before = taken().length;
    const second = await agent();
    await vi.waitUntil(() => taken().length > before, { timeout: 30_000 });
    await killed(second);
    rmSync(join(folder, 'hang'));
    await agent();
    await vi.waitUntil(async () => (await status()).deadLetters === 0, { timeout: 60_000 });
    const retried = taken().slice(before);
    expect(retried.every(({ replay }) => replay)).toBe(true);
    expect(new Set(retried.map(({ id }) => id))).toEqual(new Set(all.map(({ event }) => event.id)));
    expect(retried).toHaveLength(all.length + 5);
  });

  test('those of a sink that has left the configuration can be looked at and dropped, and not retried', async () => {
    const running = await agent();
    await settled();
    await killed(running);
    configure('other');
    const all = await heads();
    expect(all.length).toBeGreaterThan(20);
    const { code, talk } = await letters('retry', '--sink', 'siem');
    expect(code).toBe(1);
    expect(talk).toContain('no sink is named siem in the configuration');
    expect((await letters('show', all[0]?.id ?? '')).out).toContain('document (ecs, as it would go out now)');
    expect(await letters('drop', '--sink', 'siem')).toMatchObject({ code: 0 });
    expect(await heads()).toEqual([]);
  });
});
