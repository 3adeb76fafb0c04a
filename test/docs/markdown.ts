/** The repository's Markdown files, taken apart as far as the tests of the documents need. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The repository's root. */
export const ROOT: string = join(import.meta.dirname, '../..');

export interface Page {
  /** Relative to the root. */
  readonly file: string;
  readonly blocks: readonly Block[];
  /** Without its blocks. */
  readonly prose: string;
  /** What stands in single backticks. */
  readonly code: readonly string[];
  /** Targets of links, as written. */
  readonly links: readonly string[];
  /** What a link may name after `#`. */
  readonly anchors: ReadonlySet<string>;
}

/** Between two lines of three backticks. */
export interface Block {
  /** `README.md:31`. */
  readonly place: string;
  /** `yaml` or, with a word more, `yaml fragment`. */
  readonly info: string;
  readonly text: string;
}

/** What is installed, built or left behind, and no part of the repository. */
const FOREIGN: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', '.turbo', 'demo-data']);

/** The repository's files, relative to the root. Empty folders are none: nobody who clones it would have them. */
const FILES: ReadonlySet<string> = new Set(filesIn('.'));

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter(({ name }) => !FOREIGN.has(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Every Markdown file among them. */
export function allPages(): readonly Page[] {
  return [...FILES].filter((file) => file.endsWith('.md')).map(pageOf);
}

const folders = new Set([...FILES].flatMap(foldersOf));

/** Whether `path`, relative to the root, is one of those files, or a folder with one. */
export function isThere(path: string): boolean {
  const name = normalize(path).replace(/\/$/, '');
  return FILES.has(name) || folders.has(name);
}

/** `a/b/c` → `a/b`, `a`, `.` */
function foldersOf(file: string): readonly string[] {
  const folder = dirname(file);
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)];
}

function pageOf(file: string): Page {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const fence = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm;
  const blocks = [...text.matchAll(fence)].map(({ 1: indent = '', 2: info = '', 3: body = '', index }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    info: info.trim(),
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
  const prose = text.replaceAll(fence, '');
  return {
    file,
    blocks,
    prose,
    code: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    links: [...prose.matchAll(/(?:\]\(|\bsrc(?:set)?=")([^)"\s]+)[)"]/g)].map(([, target = '']) => target),
    anchors: anchorsOf(prose),
  };
}

/** As GitHub makes them: small letters, no punctuation, a hyphen for each space, numbered when they repeat. */
function anchorsOf(prose: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const copies = [...anchors].filter((anchor) => anchor.replace(/-\d+$/, '') === slug).length;
    anchors.add(copies === 0 ? slug : `${slug}-${copies}`);
  }
  return anchors;
}
