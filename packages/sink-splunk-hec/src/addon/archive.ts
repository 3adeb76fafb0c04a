/**
 * The Splunk add-on as the file that Splunk installs: what stands in the package's folder `addon`, with the version and the
 * lists of event types put in. For `audit-relay setup --out`; nothing of it runs while events are sent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { readActions } from './actions.ts';
import { fillWith } from './fill.ts';

/** Also the folder under `etc/apps`, for good: Splunk knows an installed add-on by it. */
export const ADDON_ID = 'TA-audit-relay-openai';

/** Part of the package, beside `dist`. */
const ADDON = fileURLToPath(new URL('../../addon', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../../package.json', import.meta.url));

/** Splunk’s own packager gives files their times; with one time for all, the same release is the same bytes. */
const MTIME_MS = Date.UTC(2026, 0, 1);
const OWNER = { uid: 0, gid: 0, user: 'root', group: 'root', mtime: MTIME_MS };

/** A tar without its end is taken by most readers; two empty blocks are its end. */
const END_OF_TAR = Buffer.alloc(1_024);

export interface Addon {
  /** `TA-audit-relay-openai-0.1.0.tgz`. */
  readonly fileName: string;
  /** A gzipped tar of one folder, `TA-audit-relay-openai`. */
  readonly archive: Uint8Array;
}

/** The same bytes for the same release on one version of Node. */
export function buildAddon(): Addon {
  const version = versionOf(readFileSync(MANIFEST, 'utf8'));
  const files = addonFiles(version);
  const folders = [...new Set([...files.keys()].flatMap(foldersOf))];
  const entries = [
    ...[ADDON_ID, ...folders.map((path) => `${ADDON_ID}/${path}`)].map((path) => ({
      name: `${path}/`,
      attrs: { ...OWNER, mode: '755' },
    })),
    ...[...files].map(([path, text]) => ({
      name: `${ADDON_ID}/${path}`,
      data: Buffer.from(text),
      attrs: { ...OWNER, mode: '644' },
    })),
  ];
  const tar = createTar(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  return {
    fileName: `${ADDON_ID}-${version}.tgz`,
    archive: gzipSync(Buffer.concat([tar, END_OF_TAR]), { level: 9 }),
  };
}

/** Every file of the add-on by its path, such as `default/props.conf`, with nothing left to be put in. */
export function addonFiles(version: string): ReadonlyMap<string, string> {
  const texts = new Map(
    readdirSync(ADDON, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [relative(ADDON, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  );
  const fill = fillWith(version, readActions(texts.get('lookups/openai_audit_actions.csv') ?? ''));
  return new Map([...texts].map(([path, text]) => [path, fill(text)]));
}

/** `a` and `a/b` of `a/b/c.conf`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function versionOf(manifest: string): string {
  const { version } = JSON.parse(manifest) as { readonly version: string }; // our own package.json
  return version;
}
