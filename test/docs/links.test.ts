/** Whatever a Markdown file points at is there: files, headings, paths in backticks. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, type Page, ROOT } from './markdown.ts';

const pages = allPages();
const byFile = new Map(pages.map((page) => [page.file, page]));

/** Paths in backticks begin at the root, or in the page's own folder. */
const REPOSITORY_PATH = /^(?:packages|docs|config|scripts|test|bench|deploy)\/[\w.@/-]+$/;

function brokenLinks({ file, links }: Page): readonly string[] {
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = decodeURI(target).split('#');
      const aim = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path));
      return !existsSync(join(ROOT, aim)) || (anchor !== undefined && byFile.get(aim)?.anchors.has(anchor) !== true);
    });
}

function missingPaths({ file, code }: Page): readonly string[] {
  const paths = code.filter((text) => REPOSITORY_PATH.test(text));
  return paths.filter((path) => ![ROOT, join(ROOT, dirname(file))].some((folder) => existsSync(join(folder, path))));
}

test('there are pages with links, anchors and paths to look at', () => {
  expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(30);
  expect(pages.flatMap(({ links }) => links).filter((link) => link.includes('#')).length).toBeGreaterThan(3);
  expect(pages.flatMap(({ code }) => code).filter((text) => REPOSITORY_PATH.test(text)).length).toBeGreaterThan(10);
});

test.each(pages)('every link of $file leads somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test.each(pages)('every path that $file names exists', (page) => {
  expect(missingPaths(page)).toEqual([]);
});
