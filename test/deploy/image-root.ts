/**
 * The root folder of the image without an engine: every layer that the Dockerfile copies, one over the other, and a way
 * to run it as a container would: another user, a root that nobody can write, PID 1, no shell, no capability.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../services/command.ts';
import { type DebianProgram, debianProgram } from '../services/debian.ts';

// Compiled, this file stands in `test/dist`.
export const WORKSPACE: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/test\/$/, '/');
export const DOCKERFILE: string = join(WORKSPACE, 'deploy/image/Dockerfile');

/** As in the Dockerfile. */
const USER = 10_001;
/** Where the image has what its base brings, or what a volume brings. */
const MOUNTS = ['usr/lib', 'lib', 'lib64', 'proc', 'dev', 'tmp', 'var/lib/audit-relay', 'etc/audit-relay'];

export interface ImageRoot {
  /** One folder a layer. */
  readonly tree: string;
  /** All of them, as a container of the target `relay` sees them. */
  readonly root: string;
  readonly bubblewrap: DebianProgram;
  remove(): void;
}

/** Builds the tree, which takes some seconds. */
export async function imageRoot(): Promise<ImageRoot> {
  const bubblewrap = await debianProgram({ package: 'bubblewrap', file: 'usr/bin/bwrap' });
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-image-'));
  // The user of the image is a stranger to it.
  chmodSync(folder, 0o755);
  const tree = join(folder, 'tree');
  const root = join(folder, 'root');
  await runCommand({ file: process.execPath, args: ['scripts/image-tree.mjs', '--out', tree], cwd: WORKSPACE });
  for (const layer of copiedLayers('relay')) cpSync(join(tree, layer), root, { recursive: true });
  for (const mount of MOUNTS) mkdirSync(join(root, mount), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/node'), '');
  return { tree, root, bubblewrap, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a target of the Dockerfile copies from the tree, in order. */
export function copiedLayers(target: string): readonly string[] {
  const stages = readFileSync(DOCKERFILE, 'utf8').split(/^FROM /m);
  const stage = stages.find((each) => each.split('\n')[0]?.endsWith(` AS ${target}`)) ?? '';
  return [...stage.matchAll(/^COPY --from=build \/tree\/([\w-]+)\/ \/$/gm)].map(([, layer = '']) => layer);
}

export interface Container {
  readonly child: ChildProcessWithoutNullStreams;
  /** The number of the command on this machine; inside it is 1. */
  readonly pid: Promise<number>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly talk: string }>;
  /** The first match in what it has written to stderr, or will. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Folders of this machine, as volumes. */
export interface Volumes {
  readonly config: string;
  readonly state: string;
}

/** Starts the image's entry point with these arguments; only `state` and `/tmp` can be written. */
export function container(image: ImageRoot, args: readonly string[], { config, state }: Volumes): Container {
  const readOnly = [image.root, '/', '/usr/lib', '/usr/lib', '/lib', '/lib', '/lib64', '/lib64'];
  const binds = [...readOnly, process.execPath, '/usr/local/bin/node', config, '/etc/audit-relay'];
  const places = ['--bind', state, '/var/lib/audit-relay', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  const alone = [
    '--unshare-user',
    '--unshare-pid',
    '--as-pid-1',
    '--unshare-ipc',
    '--unshare-uts',
    '--cap-drop',
    'ALL',
  ];
  const user = ['--uid', String(USER), '--gid', String(USER), '--chdir', '/var/lib/audit-relay', '--die-with-parent'];
  const variables = ['--clearenv', '--setenv', 'PATH', '/usr/local/bin', ...imageVariables(), '--info-fd', '3'];
  const readable = pairs(binds).flatMap(([from, to]) => ['--ro-bind', from, to]);
  const options = [...readable, ...places, ...alone, ...user, ...variables];
  const who = process.getuid?.() === 0 ? { uid: USER, gid: USER } : {};
  const [command = ''] = /^ENTRYPOINT \["(.*audit-relay)"\]$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.slice(1) ?? [];
  const child = spawn(image.bubblewrap.file, [...options, '--', command, ...args], {
    ...who,
    env: { PATH: process.env['PATH'], ...image.bubblewrap.env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // Four pipes: the three that the type names are among them.
  }) as unknown as ChildProcessWithoutNullStreams;
  return watched(child);
}

function watched(child: ChildProcessWithoutNullStreams): Container {
  const texts = { out: '', talk: '', info: '' };
  child.stdout.on('data', (chunk) => (texts.out += chunk));
  child.stderr.on('data', (chunk) => (texts.talk += chunk));
  const pid = new Promise<number>((resolve) => {
    child.stdio[3]?.on('data', (chunk) => {
      texts.info += chunk;
      const found = /"child-pid": (\d+)/.exec(texts.info)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  const ended: Container['ended'] = new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, out: texts.out, talk: texts.talk })),
  );
  const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(texts.talk);
        if (found !== null) resolve(found);
      };
      child.stderr.on('data', look);
      child.on('close', (code) => reject(new Error(`ended with ${code} before ${pattern}: ${texts.talk}`)));
      look();
    });
  return { child, pid, ended, seen };
}

/** `ENV` of the image. */
function imageVariables(): readonly string[] {
  const line = /^ENV (.*)$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1] ?? '';
  return line.split(' ').flatMap((pair) => {
    const [name = '', ...value] = pair.split('=');
    return ['--setenv', name, value.join('=')];
  });
}

function pairs(paths: readonly string[]): readonly (readonly [string, string])[] {
  return paths.flatMap((path, index) => (index % 2 === 0 ? [[path, paths[index + 1] ?? ''] as const] : []));
}

/** A folder that the user of the image may write, and nobody else. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-state-'));
  chmodSync(folder, 0o777);
  return folder;
}
