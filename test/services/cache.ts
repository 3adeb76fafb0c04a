/**
 * Where the servers that tests start are unpacked, so that only the first run on a machine downloads them: one
 * folder per name, version and recipe. `AUDIT_RELAY_TEST_CACHE` moves it.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface Recipe {
  /** `elasticsearch-9.5.3`: the start of the folder's name. */
  readonly name: string;
  /** All that decides what is built: when it changes, the folder is another one. */
  readonly ingredients: readonly string[];
  /** Fills an empty folder. */
  build(folder: string): Promise<void>;
}

/** The folder of a recipe, built first where it is missing. A build that fails leaves nothing behind. */
export async function cached({ name, ingredients, build }: Recipe): Promise<string> {
  const root = cacheRoot();
  const digest = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex');
  const folder = join(root, `${name}-${digest.slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  // One at a time: test files that run side by side want the same, and Maven's own store is theirs together.
  await alone(join(root, 'building.lock'), async () => {
    if (existsSync(folder)) return;
    const fresh = mkdtempSync(join(root, 'building-'));
    try {
      await build(fresh);
      chmodSync(fresh, 0o755);
      moveInto(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
  return folder;
}

const LOOK_AGAIN_MS = 250;

/** Works while no other process of this machine does so under the same lock: a file with the number of its owner. */
async function alone(lock: string, work: () => Promise<void>): Promise<void> {
  while (!taken(lock)) await setTimeout(LOOK_AGAIN_MS);
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** One that a killed process has left behind is taken over. */
function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isAlive(ownerOf(lock))) rmSync(lock, { force: true });
    return false;
  }
}

/** Undefined: none, or one that has not written its number yet. */
function ownerOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A rename is atomic: two runs that build at the same time both end with one whole folder. */
function moveInto(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function cacheRoot(): string {
  const asked = process.env['AUDIT_RELAY_TEST_CACHE'];
  if (asked !== undefined) return asked;
  // Servers that refuse to run as root run as nobody, who cannot look into a closed home.
  const isOpen = process.getuid?.() !== 0 || (statSync(homedir()).mode & 0o001) !== 0;
  return isOpen ? join(homedir(), '.cache', 'audit-relay-test') : join(tmpdir(), 'audit-relay-test');
}
