/** `docs/ERRORS.md` and the source name the same codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Words in capitals between quotes or backticks; codes of one word are among them. */
const WORD = '[A-Z]{3,}(?:_[A-Z]+)*';

/** Those that are no codes of ours: variables, methods, signals, and what Node, YAML and libraries call things. */
const foreign =
  /^(ERR_.*|E[A-Z]{4,}|EIO|SIG[A-Z]+|GET|HEAD|URL|CEL|PLAIN|DUPLICATE_KEY|OPENAI_ADMIN_KEY|NODE_OPTIONS|(HTTPS?|NO)_PROXY)$/;

/** A sink's own codes begin with its type: what its peer calls in capitals is none of ours. */
const SINK = /^sink-(?!(?:testkit|http)$)(.+)$/;

function codesInSource(): string[] {
  const sinks = readdirSync(join(root, 'packages')).flatMap((folder) => {
    const [, type] = SINK.exec(folder) ?? [];
    const prefix = `${type?.replaceAll('-', '_').toUpperCase()}_`;
    return type === undefined ? [] : codesIn(`packages/${folder}/src`).filter((code) => code.startsWith(prefix));
  });
  const all = [
    ...codesIn('packages/core/src'),
    ...codesIn('packages/agent/src'),
    ...codesIn('packages/journal-kafka/src'),
    ...sinks,
  ];
  return distinct(all.filter((code) => !foreign.test(code)));
}

/** What a library or a peer calls things, or which variables there are, by the file that is about nothing else. */
const WORDS_OF_OTHERS = /yaml-words\.ts$|answer\/codes\.ts$|init\/templates\.ts$/;

function codesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const files = names.filter(
    (name) => name.endsWith('.ts') && !/\.test\.|__fixtures__/.test(name) && !WORDS_OF_OTHERS.test(name),
  );
  const texts = files.map((name) => readFileSync(join(root, folder, name), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(new RegExp(`'(${WORD})'`, 'g'))].map(([, code]) => code ?? ''));
}

function codesInPage(): string[] {
  const page = readFileSync(join(root, 'docs/ERRORS.md'), 'utf8');
  return distinct([...page.matchAll(new RegExp(`\`(${WORD})\``, 'g'))].map(([, code]) => code ?? ''));
}

function distinct(codes: readonly string[]): string[] {
  return [...new Set(codes)].toSorted();
}

test('every code of the source stands on the page, and every code of the page in the source', () => {
  const inSource = codesInSource();
  expect(inSource.length).toBeGreaterThan(50);
  expect(codesInPage()).toEqual(inSource);
});
