/** The built add-on, taken apart again: by the system’s own tar, which knows nothing of how it was made. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { SetupFile } from '@audit-relay/sink';
import { splunkHec } from '@audit-relay/sink-splunk-hec';

/** The one folder that Splunk may find in it. */
export const ROOT = 'TA-audit-relay-openai';

/** Every file of the archive by its path below the root folder. */
export function filesOf(archive: Uint8Array): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-addon-'));
  try {
    const path = join(folder, 'addon.tgz');
    writeFileSync(path, archive);
    execFileSync('tar', ['-xzf', path, '-C', folder]);
    const root = join(folder, ROOT);
    const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
    return new Map(paths.map((file) => [relative(root, file), readFileSync(file, 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `tar -tv` says of each entry. @param path of the archive. */
export function listingOf(path: string): readonly string[] {
  return execFileSync('tar', ['-tvzf', path], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
    .trim()
    .split('\n');
}

/** The file that `audit-relay setup --out` writes for a sink with nothing but what it must have. */
export async function builtAddon(): Promise<SetupFile> {
  const config = splunkHec.configSchema.parse({ url: 'https://splunk.example.com:8088', token: 'none' });
  const files = (await splunkHec.files?.(config)) ?? [];
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error(`one file is expected, not ${files.length}`);
  return file;
}
