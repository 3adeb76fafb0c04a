/** What tests run that is written in Python: installed by this machine's pip into an environment of its own, once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { type Command, runCommand } from './command.ts';

export interface PythonOrder {
  /** `hec-clients`: the start of the folder's name. */
  readonly name: string;
  /** A file of pip's: each package and all that it needs, one a line with its version, as `pip freeze` prints them. */
  readonly requirements: string;
}

export interface Python {
  /** Has `bin/python` and the packages' own commands. */
  readonly folder: string;
  /**
   * `bin/python` with these arguments. A command of a package is told by its path, `join(folder, 'bin', 'ksconf')`: it
   * does not run by itself, since it names a folder that has been moved.
   */
  run(args: readonly string[], more?: Pick<Command, 'cwd' | 'env'>): Promise<string>;
}

/** Installs what is missing: some seconds, once for a machine. @throws Error when Python or a package cannot be had. */
export async function python({ name, requirements }: PythonOrder): Promise<Python> {
  const version = await versionHere();
  const folder = await cached({
    name: `python-${name}`,
    ingredients: [version, readFileSync(requirements, 'utf8')],
    build: async (target) => {
      await runCommand({ file: 'python3', args: ['-m', 'venv', target] });
      const pip = ['-m', 'pip', '--disable-pip-version-check'];
      const file = join(target, 'bin', 'python');
      // Nothing beside what the file names, so that every machine has the same.
      await runCommand({ file, args: [...pip, 'install', '--quiet', '--no-deps', '--requirement', requirements] });
      await runCommand({ file, args: [...pip, 'check'] });
    },
  });
  return { folder, run: (args, more) => runCommand({ file: join(folder, 'bin', 'python'), args, ...more }) };
}

async function versionHere(): Promise<string> {
  try {
    return await runCommand({ file: 'python3', args: ['--version'] });
  } catch (error) {
    throw new Error('no Python: install python3 with its venv (Debian: python3-venv)', { cause: error });
  }
}
