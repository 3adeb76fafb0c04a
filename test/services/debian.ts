/**
 * Programs that are had as packages of Debian's: the one of this machine, or the package and what it needs, unpacked
 * beside the other servers of tests. Nothing is installed, and nobody need be root.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { type Command, runCommand } from './command.ts';

export interface DebianOrder {
  readonly package: string;
  /** Inside the package: `usr/bin/kcat`; its last part is looked for on the PATH. */
  readonly file: string;
}

/** How to run it: file, and what it wants in its environment. */
export type DebianProgram = Pick<Command, 'file' | 'env'>;

const RELEASE = '/etc/os-release';

/** @throws Error where there is none, nor apt. */
export async function debianProgram(order: DebianOrder): Promise<DebianProgram> {
  const own = onPath(order.file.split('/').at(-1) ?? '');
  if (own !== undefined) return { file: own };
  const folder = await debianPackages([order.package]);
  const root = join(folder, 'usr', 'lib');
  const libraries = existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  return { file: join(folder, order.file), env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

/** The folder into which the packages and what they need are unpacked. @throws Error where there is no apt */
export function debianPackages(packages: readonly [name: string, ...more: readonly string[]]): Promise<string> {
  const [name, ...more] = packages;
  return cached({
    name,
    ingredients: [readFileSync(RELEASE, 'utf8'), ...more],
    build: (target) => unpackDebian(packages, target),
  });
}

/** The path of a program of this machine. */
export function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** With lists and archives of its own, so that the system's stay as they are. */
async function unpackDebian(packages: readonly string[], folder: string): Promise<void> {
  const lists = join(folder, 'lists');
  const archives = join(folder, 'archives');
  for (const path of [lists, archives]) mkdirSync(join(path, 'partial'), { recursive: true });
  const own = [`Dir::State::lists=${lists}`, `Dir::Cache=${folder}`, 'Debug::NoLocking=true'];
  const options = own.flatMap((option) => ['-o', option]);
  const apt = (...args: readonly string[]): Promise<string> =>
    runCommand({ file: 'apt-get', args: [...options, ...args] });
  await apt('update');
  await apt('install', '--yes', '--download-only', '--no-install-recommends', ...packages);
  for (const archive of readdirSync(archives).filter((one) => one.endsWith('.deb'))) {
    await runCommand({ file: 'dpkg-deb', args: ['--extract', join(archives, archive), folder] });
  }
  for (const path of [lists, archives]) rmSync(path, { recursive: true });
}
