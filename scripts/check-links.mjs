/** Fails when a Markdown file links to a file of this repository that is not there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, run } from './run.mjs';

const LINK = /\]\(([^)\s]+)\)/g;
const CODE_BLOCK = /^```[\s\S]*?^```/gm;

const listed = run(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '*.md'], ['ignore', 'pipe', 2]);
const broken = listed.output.split('\n').filter(Boolean).flatMap(brokenLinks);
for (const line of broken) console.log(line);
process.exitCode = broken.length === 0 ? listed.exitCode : 1;

/** @param {string} file Relative to the root. */
function brokenLinks(file) {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(CODE_BLOCK, '');
  return [...text.matchAll(LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:[a-z]+:|#)/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(file), decodeURI(target.replace(/#.*$/, '')))))
    .map((target) => `${file}: no such file: ${target}`);
}
