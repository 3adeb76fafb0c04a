/**
 * A disk that refuses on request: `faulty-disk.c` built as a library that a process of a test loads first, and the rules
 * that it goes by. Errors that no file system gives to order come from here.
 *
 *   const disk = new FaultyDisk(library, folder);
 *   spawn(command, { env: disk.env });
 *   disk.refuse({ error: 'EIO', calls: ['write'], under: '/…/journal' });
 *   disk.heal();
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../services/cache.ts';
import { runCommand } from '../services/command.ts';

/** As Linux numbers them. */
const NUMBERS = { ENOSPC: 28, EDQUOT: 122, EROFS: 30, EIO: 5 } as const;
export type DiskError = keyof typeof NUMBERS;
/** `meta`: LMDB's write that makes a commit valid; `open`: for writing; `create`: a file, folder, link or socket that is not there. */
export type Call = 'write' | 'meta' | 'sync' | 'open' | 'create' | 'rename' | 'truncate' | 'unlink' | 'chmod';

export interface Refusal {
  readonly error: DiskError;
  readonly calls: readonly Call[];
  /** How the absolute path begins. */
  readonly under: string;
}

const SOURCE = new URL(
  import.meta.url.includes('/dist/') ? '../../faulty-disk/faulty-disk.c' : './faulty-disk.c',
  import.meta.url,
);
const HALF_BYTES = 4096;

/** The library's path. @throws Error where there is no gcc */
export async function faultyDiskLibrary(): Promise<string> {
  const source = fileURLToPath(SOURCE);
  const build = async (folder: string): Promise<void> => {
    const args = ['-shared', '-fPIC', '-O2', '-o', join(folder, 'faulty-disk.so'), source, '-ldl'];
    await runCommand({ file: 'gcc', args });
  };
  const folder = await cached({ name: 'faulty-disk', ingredients: [readFileSync(source, 'utf8')], build });
  return join(folder, 'faulty-disk.so');
}

export class FaultyDisk {
  readonly #rules: string;
  readonly env: Readonly<Record<string, string>>;

  /** @param folder for the rules; not one that is refused. */
  constructor(library: string, folder: string) {
    this.#rules = join(folder, 'faulty-disk.rules');
    this.env = { LD_PRELOAD: library, FAULTY_DISK: this.#rules };
    writeFileSync(this.#rules, Buffer.alloc(2 * HALF_BYTES));
  }

  /** From now on, and nothing else. */
  refuse(...refusals: readonly Refusal[]): void {
    const lines = refusals.map(({ error, calls, under }) => `${NUMBERS[error]} ${calls.join(',')} ${under}\n`);
    const bytes = Buffer.alloc(2 * HALF_BYTES);
    bytes.write(lines.join(''));
    // In place: whoever has it mapped sees it.
    writeFileSync(this.#rules, bytes, { flag: 'r+' });
  }

  heal(): void {
    this.refuse();
  }

  /** How many calls it has refused since. */
  get refused(): number {
    return Number(readFileSync(this.#rules).readBigUInt64LE(HALF_BYTES));
  }
}
