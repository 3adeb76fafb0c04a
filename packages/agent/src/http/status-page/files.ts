/**
 * The status page's own files, as the build of `page/` left them: read once, at the first request. They hold nothing of this
 * agent, so whoever may reach the port may have them; what they show is asked for with the token.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
}

/** By the path of the request, `/` for the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Where the build puts them: the same from `src/` and from `dist/`. */
const FOLDER = fileURLToPath(new URL('../../../dist/page/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

let files: Promise<PageFiles> | undefined;

/** Empty where the page is not built, as in a clone before `npm run build`. */
export function pageFiles(): Promise<PageFiles> {
  files ??= readPageFiles(FOLDER);
  return files;
}

export async function readPageFiles(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const read = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map(async ({ parentPath, name }): Promise<[string, PageFile]> => {
      const path = `/${relative(folder, join(parentPath, name)).split(sep).join('/')}`;
      const type = TYPES[extname(name)] ?? '';
      return [path === '/index.html' ? '/' : path, { body: await readFile(join(parentPath, name)), type }];
    });
  return new Map(await Promise.all(read));
}

/**
 * No script but the page's own files, nothing from or to another host, no frame, and no text that becomes a script or
 * markup by itself.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};
