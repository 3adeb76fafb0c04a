/**
 * kcat, the command line reader of Kafka on librdkafka: the one of this machine, or Debian's package and what it needs,
 * unpacked beside the other servers of tests. Nothing is installed, and nobody need be root.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { type Command, runCommand } from './command.ts';

const RELEASE = '/etc/os-release';

/** How to run it: file, and what it wants in its environment. @throws Error where there is none, nor apt. */
export async function kcat(): Promise<Pick<Command, 'file' | 'env'>> {
  const own = onPath();
  if (own !== undefined) return { file: own };
  const folder = await cached({ name: 'kcat', ingredients: [readFileSync(RELEASE, 'utf8')], build: unpackDebian });
  const libraries = readdirSync(join(folder, 'usr', 'lib')).map((name) => join(folder, 'usr', 'lib', name));
  return { file: join(folder, 'usr', 'bin', 'kcat'), env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, 'kcat')).find((path) => existsSync(path));
}

/** With lists and archives of its own, so that the system's stay as they are. */
async function unpackDebian(folder: string): Promise<void> {
  const lists = join(folder, 'lists');
  const archives = join(folder, 'archives');
  for (const path of [lists, archives]) mkdirSync(join(path, 'partial'), { recursive: true });
  const own = [`Dir::State::lists=${lists}`, `Dir::Cache=${folder}`, 'Debug::NoLocking=true'];
  const options = own.flatMap((option) => ['-o', option]);
  const apt = (...args: readonly string[]): Promise<string> =>
    runCommand({ file: 'apt-get', args: [...options, ...args] });
  await apt('update');
  await apt('install', '--yes', '--download-only', 'kcat');
  for (const name of readdirSync(archives).filter((one) => one.endsWith('.deb'))) {
    await runCommand({ file: 'dpkg-deb', args: ['--extract', join(archives, name), folder] });
  }
  for (const path of [lists, archives]) rmSync(path, { recursive: true });
}
