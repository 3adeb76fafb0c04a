/** `docs/ERRORS.md` and the source name the same codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Words in capitals between quotes or backticks; codes of one word are among them. */
const WORD = '[A-Z]{3,}(?:_[A-Z]+)*';

/** Those that are no codes of ours: variables, methods, signals, and what Node, YAML and libraries call things. */
const foreign =
  /^(ERR_.*|E[A-Z]{4,}|SIG[A-Z]+|GET|HEAD|URL|CEL|PLAIN|DUPLICATE_KEY|OPENAI_ADMIN_KEY|(HTTPS?|NO)_PROXY)$/;

function codesInSource(): string[] {
  const files = ['packages/core/src', 'packages/agent/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.test\.|__fixtures__/.test(name))
      .map((name) => join(root, folder, name)),
  );
  const codes = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(new RegExp(`'(${WORD})'`, 'g'))]);
  return distinct(codes.map(([, code]) => code ?? '').filter((code) => !foreign.test(code)));
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
