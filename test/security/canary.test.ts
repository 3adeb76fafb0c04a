/**
 * No secret is said: the built command, with each sink and many sources at peers that say back whatever they hear, at
 * every level of the log. Whatever it writes is searched: its streams, its endpoints, its folder, a crash report.
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { run, start } from '../agent/command.ts';
import { canary, filesBelow, leaksIn, type Written } from './canaries.ts';
import { type Peers, startPeers } from './peers.ts';
import { SINKS } from './sinks.ts';
import { EVENT_CANARY, makeWorld, type World } from './world.ts';

/** Of ours: what somebody else's package does with an answer is its own matter. */
const HTTP_SINKS = SINKS.filter(({ type, http }) => http && !type.startsWith('.')).map(({ type }) => type);

let peers: Peers;
let world: World;
/** What every case adds to, and the last one searches once more. */
const said: Written[] = [];

beforeAll(async () => {
  peers = await startPeers();
  world = await makeWorld(peers);
});
afterAll(async () => {
  await peers.close();
  world.close();
  rmSync(world.folder, { recursive: true, force: true });
});

function saidBy(where: string, text: string): readonly Written[] {
  const written = { where, bytes: Buffer.from(text) };
  said.push(written);
  return [written];
}

/** Of credentials anywhere, and of events in what is said. */
function leaks(written: readonly Written[]) {
  return leaksIn(written, [...world.canaries, EVENT_CANARY]);
}

async function command(...args: readonly string[]): Promise<void> {
  const { out, talk } = await run({ args, cwd: world.folder, env: world.env });
  expect(out + talk).not.toBe('');
  expect(leaks(saidBy(args.join(' '), out + talk))).toEqual([]);
}

interface Part {
  readonly problem?: string;
  readonly acked?: number;
  readonly deadLettered?: number;
}

/** Each sink and source has come to what is wrong with it. */
function untold({
  lanes,
  sources,
}: {
  lanes: Record<string, Part>;
  sources: Record<string, { feeds: Record<string, Part> }>;
}) {
  const isTold = ({ problem, acked = 0, deadLettered = 0 }: Part): boolean =>
    problem !== undefined || acked + deadLettered > 0;
  const feeds = world.sources.map((name): [string, Part] => [name, sources[name]?.feeds['organization'] ?? {}]);
  const sinks = world.sinks.map((name): [string, Part] => [name, lanes[name] ?? {}]);
  return [...feeds, ...sinks].filter(([, part]) => !isTold(part)).map(([name]) => name);
}

test('the search finds what is there, in the forms that a secret takes', () => {
  const secret = canary('itself');
  const texts = [
    secret,
    Buffer.from(`relay:${secret}`).toString('base64'),
    Buffer.from(`a${secret}b`).toString('base64'),
  ];
  const written = [...texts, Buffer.from(secret).toString('hex'), 'nothing'].map((text) => ({
    where: text,
    bytes: Buffer.from(text),
  }));
  expect(leaksIn(written, [secret])).toEqual(written.slice(0, -1).map(({ where }) => `${where}: ${secret}`));
});

describe('a running agent', () => {
  test.each(['json', 'text'])('says none in its log (%s), endpoints, folder and crash report', async (format) => {
    const report = '--report-on-signal --report-signal=SIGUSR2';
    const env = { ...world.env, NODE_OPTIONS: report };
    const { folder, token } = world;
    const args = ['run', '--config', await configWith(format), '--log-level', 'debug', '--grace', '3s'];
    const { child, ended, seen } = start({ args, cwd: folder, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [, url = ''] = await seen(/status at (http:\S+?)\/status/);
    const ask = async (path: string, headers: Record<string, string>): Promise<string> => {
      // One that is kept open may be closed by the agent just as it is used again.
      const answer = await fetch(url + path, { headers: { ...headers, connection: 'close' } });
      return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
    };
    const shown = { authorization: `Bearer ${token}` };
    const status = async () => JSON.parse((await ask('/status', shown)).split('\n')[1] ?? '{}');
    let left = untold(await status());
    const stopped = ended.then(() => true);
    while (left.length > 0 && !(await Promise.race([stopped, new Promise((later) => setTimeout(later, 200))]))) {
      left = untold(await status());
    }
    for (const path of ['/', '/livez', '/readyz', '/metrics', '/status', '/nothing']) {
      expect(leaks(saidBy(`${format} ${path}`, await ask(path, shown)))).toEqual([]);
      expect(leaks(saidBy(`${format} ${path} to strangers`, await ask(path, {})))).toEqual([]);
    }
    expect(leaks(saidBy(`${format} /status/live`, await live(url, shown)))).toEqual([]);
    // The form of the agent's log is nothing to them.
    for (const args of format === 'json' ? ONLOOKERS : []) {
      const told = await lookOn([...args, '--journal', `journal-${format}`]);
      expect(told).not.toBe('');
      expect(leaksIn([{ where: args.join(' '), bytes: Buffer.from(told) }], world.canaries)).toEqual([]);
    }
    child.kill('SIGUSR2');
    await seen(/Node\.js report completed/);
    child.kill('SIGTERM');
    const { out, talk } = await ended;
    expect(leaks(saidBy(`${format} log`, out + talk))).toEqual([]);
  });

  test('has told its secrets to the peers, so that there was something to say back', () => {
    const without = [...peers.heard].filter(([, text]) => !text.includes('cAnArY7f3a')).map(([kind]) => kind);
    expect(without).toEqual([]);
    expect([...peers.heard.keys()].length).toBeGreaterThan(12);
  });

  test('has sent nothing to where a redirect points', () => {
    expect(peers.heard.get('thief')).toBeUndefined();
    expect(peers.heard.get('redirect-307')).toBeDefined();
  });
});

/** What a reader of the status page is told first: all of it. */
async function live(url: string, headers: Record<string, string>): Promise<string> {
  const gone = new AbortController();
  const answer = await fetch(`${url}/status/live`, { headers, signal: gone.signal });
  let text = '';
  for await (const part of answer.body ?? []) {
    text += Buffer.from(part).toString();
    if (/^event: status\ndata: .*\n\n/m.test(text)) break;
  }
  gone.abort();
  for (const name of ['history', 'configuration', 'dead_letters']) expect(text).toContain(`event: ${name}\n`);
  return text;
}

/** They go on for as long as they are let, and know of no configuration, so of no secret that they could blank out. */
const ONLOOKERS = [
  ['status', '--watch', '--interval', '100ms', '--json'],
  ['tail', '--since', '1h', '--json', '--original'],
];

/** Until it has said something. */
async function lookOn(args: readonly string[]): Promise<string> {
  const { child, ended } = start({ args, cwd: world.folder, env: {} });
  await Promise.race([once(child.stdout, 'data'), ended]);
  child.kill('SIGINT');
  const { out, talk } = await ended;
  return out + talk;
}

/** With this form of the log, and a journal of its own: in an older one the events would have been told of. */
async function configWith(format: string): Promise<string> {
  const config = JSON.parse(await readFile(join(world.folder, 'audit-relay.yaml'), 'utf8'));
  const file = `${format}.yaml`;
  const own = { log: { format }, journal: { path: join(world.folder, `journal-${format}`) } };
  await writeFile(join(world.folder, file), JSON.stringify({ ...config, ...own }));
  return file;
}

describe('no secret is said by', () => {
  test.concurrent.each([
    [['validate', '--config', 'look.yaml', '--json']],
    [['doctor', '--config', 'doctor.yaml', '--json']],
    [['setup', '--config', 'look.yaml', '--dry-run']],
    [['setup', '--config', 'setup.yaml', '--json']],
    [['validate', '--online', '--config', 'look.yaml']],
    [['dead-letters', 'list', '--config', 'look.yaml']],
    [['dead-letters', 'list', '--config', 'look.yaml', '--json']],
    [['status', '--config', 'look.yaml']],
    [['status', '--config', 'look.yaml', '--json']],
    [['backfill', '--config', 'look.yaml', '--from', '1h', '--dry-run']],
  ])('%j', (args) => command(...args));
});

/** They print events, which is what they are for. */
describe('no credential is said by', () => {
  test.concurrent.each([
    [['dead-letters', 'show', '--json', '--original', '--journal', 'journal-json']],
    [['dead-letters', 'export', '--config', 'look.yaml', '--out', 'letters.ndjson']],
    [['journal', 'export', '--config', 'look.yaml']],
    [['get', 'audit_log-a', '--config', 'look.yaml', '--json']],
    [['get', 'audit_log-unknown', '--config', 'look.yaml']],
  ])('%j', async (args) => {
    const { out, talk } = await run({ args, cwd: world.folder, env: world.env });
    expect(out + talk).toMatch(/audit_log-|dead letter/);
    expect(leaksIn([{ where: args.join(' '), bytes: Buffer.from(out + talk) }], world.canaries)).toEqual([]);
  });
});

test('nothing was sent to where a redirect points, by the doctor and the set-up neither, which were sent there', () => {
  expect(peers.heard.get('thief')).toBeUndefined();
  const toldTo = (kind: string): readonly string[] =>
    ['api', ...HTTP_SINKS].filter((name) =>
      peers.heard.get(kind)?.includes(canary(`${name}-redirect-307`).slice(0, -4)),
    );
  expect(toldTo('redirect-doctor')).toEqual(['api', ...HTTP_SINKS]);
  expect(toldTo('redirect-setup')).toEqual(['elasticsearch', 'datadog']);
});

test('nothing that was left in the folder holds one, but for the configuration and the secrets themselves', () => {
  const isOurs = ({ where }: Written): boolean => !/\.yaml$|^secrets\//.test(where);
  const left = filesBelow(world.folder).filter(isOurs);
  expect(left.map(({ where }) => where)).toEqual(expect.arrayContaining(['journal-json/data.mdb', 'events.ndjson']));
  expect(left.some(({ where }) => /^report\..*\.json$/.test(where))).toBe(true);
  expect(leaksIn(left, world.canaries)).toEqual([]);
});
