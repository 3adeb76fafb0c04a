/**
 * Where the servers that tests start are unpacked, so that only the first run on a machine downloads them: one
 * folder per name, version and recipe. `AUDIT_RELAY_TEST_CACHE` moves it.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const fresh = mkdtempSync(join(root, 'building-'));
  try {
    await build(fresh);
    chmodSync(fresh, 0o755);
    moveInto(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
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
