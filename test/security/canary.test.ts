/**
 * No secret is said: the built command, with each sink and many sources at peers that say back whatever they hear, at
 * every level of the log. Whatever it writes is searched: its streams, its endpoints, its folder, a crash report.
 */
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { run, start } from '../agent/command.ts';
import { canary, filesBelow, leaksIn, type Written } from './canaries.ts';
import { type Peers, startPeers } from './peers.ts';
import { EVENT_CANARY, makeWorld, type World } from './world.ts';

let peers: Peers;
let world: World;
/** What every case adds to, and the last one searches once more. */
const said: Written[] = [];

beforeAll(async () => {
  peers = await startPeers();
  world = await makeWorld(peers);
});
afterAll(() => {
  peers.close();
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
    [['validate', '--config', 'few.yaml', '--json']],
    [['doctor', '--config', 'few.yaml', '--json']],
    [['setup', '--config', 'few.yaml', '--dry-run']],
    [['setup', '--config', 'few.yaml', '--json']],
    [['dead-letters', 'list', '--config', 'few.yaml']],
    [['dead-letters', 'list', '--config', 'few.yaml', '--json']],
    [['status', '--config', 'few.yaml']],
    [['status', '--config', 'few.yaml', '--json']],
    [['backfill', '--config', 'few.yaml', '--from', '1h', '--dry-run']],
  ])('%j', (args) => command(...args));
});

test('nothing that was left in the folder holds one, but for the configuration and the secrets themselves', () => {
  const isOurs = ({ where }: Written): boolean => !/\.yaml$|^secrets\//.test(where);
  const left = filesBelow(world.folder).filter(isOurs);
  expect(left.map(({ where }) => where)).toEqual(expect.arrayContaining(['journal-json/data.mdb', 'events.ndjson']));
  expect(left.some(({ where }) => /^report\..*\.json$/.test(where))).toBe(true);
  expect(leaksIn(left, world.canaries)).toEqual([]);
});
