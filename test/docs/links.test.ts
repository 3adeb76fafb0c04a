/** Whatever a Markdown file points at is there: files, headings, paths in backticks. */
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, isThere, type Page } from './markdown.ts';

const pages = allPages();
const byFile = new Map(pages.map((page) => [page.file, page]));

/** Paths in backticks begin at the root, or in the page's own folder. */
const REPOSITORY_PATH = /^(?:packages|docs|config|scripts|test|bench|deploy)\/[\w.@/-]+$/;

function brokenLinks({ file, links }: Page): readonly string[] {
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = decodeURI(target).split('#');
      const aim = path === '' ? file : join(dirname(file), path);
      return !isThere(aim) || (anchor !== undefined && byFile.get(aim)?.anchors.has(anchor) !== true);
    });
}

function missingPaths({ file, code }: Page): readonly string[] {
  const paths = code.filter((text) => REPOSITORY_PATH.test(text));
  return paths.filter((path) => !isThere(path) && !isThere(join(dirname(file), path)));
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
