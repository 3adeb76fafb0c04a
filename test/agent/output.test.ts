/**
 * What becomes of the agent when stdout, stderr or a disk takes no more: real processes, descriptors and disks. Whatever
 * it is, what is said to be delivered is there, other sinks go on, and the process ends only when it is told to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, smallDisk } from './small-disk.ts';

const BIN = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));
const RUN = `exec "${process.execPath}" "${BIN}" run --config relay.yaml --grace 2s`;
const HOUR_MS = 3_600_000;
const EVENTS = 400;
const mounts = canMount();

let folder: string;
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-output-'));
  simulator = await startSimulator({ events: EVENTS, spanMs: HOUR_MS });
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function configure(sinks: Readonly<Record<string, object>>, journal: string = join(folder, 'journal')): void {
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: {
      acme: {
        ...source,
        requests_per_second: 50,
        backfill_start_time: new Date(Date.now() - 2 * HOUR_MS).toISOString(),
      },
    },
    sinks,
    journal: { path: journal },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
}

const copy = (): object => ({ type: 'file', path: join(folder, 'copy.ndjson') });

interface Shell {
  /** Resolves with the exit code of the shell's last command. */
  readonly ended: Promise<number | null>;
  readonly talk: () => string;
  readonly pid: number;
  readonly stdout: NodeJS.ReadableStream;
}

function shell(command: string): Shell {
  const child = spawn('bash', ['-c', command], {
    cwd: folder,
    env: { PATH: process.env['PATH'], KEY: defaultKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let talk = '';
  child.stderr.on('data', (text) => (talk += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { ended, talk: () => talk, pid: child.pid ?? 0, stdout: child.stdout };
}

const idsIn = (text: string): string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => String(Object(Object(JSON.parse(line)).event).id));

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Looks until it is so; the test's own time limit ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(50);
}

const truth = (): Set<string> => new Set([...simulator.truth()].map(({ id }) => id ?? ''));
const isWhole = (): boolean => idsIn(read(join(folder, 'copy.ndjson'))).length === truth().size;

async function endInOrder({ pid, ended }: Shell): Promise<void> {
  process.kill(pid, 'SIGTERM');
  expect(await ended).toBe(0);
}

describe('stdout', () => {
  test('on a full disk is tried again, and the other sink has everything', async () => {
    configure({ out: { type: 'stdout' }, copy: copy() });
    const agent = shell(`${RUN} > /dev/full`);
    await until(() => isWhole() && agent.talk().includes('SINK_RETRYING'));
    expect(agent.talk()).toContain('standard output: ENOSPC');
    await endInOrder(agent);
  });

  test('whose reader ends, beside another sink: blocked, and the other sink has everything', async () => {
    configure({ out: { type: 'stdout' }, copy: copy() });
    const agent = shell(`${RUN} > >(head -1 > first)`);
    await until(() => isWhole() && agent.talk().includes('SINK_BLOCKED'));
    expect(agent.talk()).toContain('nobody reads standard output any more');
    await endInOrder(agent);
  });

  test('whose reader ends, as the only sink: the process ends with 0, without a word', async () => {
    configure({ out: { type: 'stdout' } });
    const { ended, talk } = shell(`set -o pipefail; (${RUN}) | head -1 > first`);
    expect(await ended).toBe(0);
    expect(idsIn(read(join(folder, 'first')))).toHaveLength(1);
    const lines = talk().split('\n').slice(0, -1);
    expect(lines.filter((line) => /"level":"(warn|error)"/.test(line) || !line.startsWith('{'))).toEqual([]);
  });

  test('that nobody reads for a while is waited for, and nothing of it is missing', async () => {
    configure({ out: { type: 'stdout' }, copy: copy() });
    const agent = shell(RUN);
    // Far more than a pipe holds.
    await until(isWhole);
    let text = '';
    agent.stdout.on('data', (chunk) => (text += chunk));
    await until(() => text.split('\n').length > truth().size);
    expect(new Set(idsIn(text))).toEqual(truth());
    await endInOrder(agent);
  });

  test.skipIf(!mounts)('on a disk that fills up and has room again: each event once, no half line', async () => {
    const disk = smallDisk('200k');
    if (disk === undefined) throw new Error('no disk');
    try {
      configure({ out: { type: 'stdout' }, copy: copy() });
      const filler = join(disk.folder, 'filler');
      writeFileSync(filler, Buffer.alloc(150 * 1_024, 'x'));
      const agent = shell(`${RUN} > "${disk.folder}/out"`);
      await until(() => isWhole() && agent.talk().includes('SINK_RETRYING'));
      expect(read(join(disk.folder, 'out')).length).toBeGreaterThan(1_000);
      // A larger disk, as it were: what the test's own file took, and more.
      rmSync(filler);
      spawn('mount', ['-o', 'remount,size=8m', disk.folder]);
      await until(() => agent.talk().includes('SINK_RECOVERED'));
      await until(() => read(join(disk.folder, 'out')).split('\n').length > truth().size);
      const ids = idsIn(read(join(disk.folder, 'out')));
      expect([ids.length, new Set(ids)]).toEqual([truth().size, truth()]);
      await endInOrder(agent);
    } finally {
      disk.remove();
    }
  });
});

describe('a log that cannot be written', () => {
  test.each([
    ['on a full disk', '2> /dev/full'],
    ['closed', '2>&-'],
    ['whose reader has ended', '2> >(true)'],
  ])('%s ends nothing: the sink has everything, and a signal ends it with 0', async (_, redirection) => {
    configure({ copy: copy() });
    const agent = shell(`${RUN} ${redirection}`);
    await until(isWhole);
    await endInOrder(agent);
  });
});

describe.skipIf(!mounts)('a full disk', () => {
  test('behind a file sink holds that sink alone, and each event is there once in the end', async () => {
    const disk = smallDisk('600k');
    if (disk === undefined) throw new Error('no disk');
    try {
      configure({ small: { type: 'file', path: join(disk.folder, 'out.ndjson') }, copy: copy() });
      writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(400 * 1_024, 'x'));
      const agent = shell(RUN);
      await until(() => isWhole() && agent.talk().includes('SINK_RETRYING'));
      rmSync(join(disk.folder, 'filler'));
      spawn('mount', ['-o', 'remount,size=16m', disk.folder]);
      await until(() => read(join(disk.folder, 'out.ndjson')).split('\n').length > truth().size);
      const ids = idsIn(read(join(disk.folder, 'out.ndjson')));
      expect([ids.length, new Set(ids)]).toEqual([truth().size, truth()]);
      await endInOrder(agent);
    } finally {
      disk.remove();
    }
  });

  // LMDB writes to stderr by itself when the disk does not take a page: room is found before it is asked to.
  test('behind the journal: every line of the log is JSON, and LMDB itself prints nothing', async () => {
    const disk = smallDisk('10m');
    if (disk === undefined) throw new Error('no disk');
    try {
      mkdirSync(join(disk.folder, 'journal'));
      configure({ copy: copy() }, join(disk.folder, 'journal'));
      const agent = shell(RUN);
      await until(isWhole);
      await once(spawn('dd', ['if=/dev/zero', `of=${disk.folder}/filler`, 'bs=4k'], { stdio: 'ignore' }), 'close');
      const isFull = (): boolean => agent.talk().includes('"DISK_FULL"');
      for (let part = 0; !isFull(); part += 1) {
        simulator.add(Array.from({ length: 50 }, (_, index) => eventNow(`more-${part}-${index}`)));
        await setTimeout(500);
      }
      rmSync(join(disk.folder, 'filler'));
      await until(isWhole);
      await endInOrder(agent);
      const lines = agent.talk().split('\n').slice(0, -1);
      expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
      for (const line of lines) JSON.parse(line);
    } finally {
      disk.remove();
    }
  });
});

function eventNow(id: string): Parameters<Simulator['add']>[0][number] {
  const record = {
    object: 'organization.audit_log',
    id: `audit_log-${id}`,
    type: 'login.succeeded',
    effective_at: Math.floor(Date.now() / 1_000) - 1,
    actor: { type: 'session', session: { user: { id: `user-${id}`, email: 'someone@example.com' } } },
  };
  return { record };
}
