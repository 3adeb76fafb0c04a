/** What YAML's parser says → what is wrong with the file, and what to write instead. Codes and messages of `yaml` 2.9. */
import type { YAMLError } from 'yaml';

interface Words {
  readonly expected: string;
  readonly fix: string;
}

/** The parser's own message tells apart what it has one code for. */
interface Row extends Words {
  readonly code: YAMLError['code'];
  readonly message?: RegExp;
}

const QUOTE = 'put it between single quotes';
const INDENT = 'indent the keys of one map alike, with spaces';

/** The first row that fits holds. */
const ROWS: readonly Row[] = [
  {
    code: 'MULTIPLE_DOCS',
    expected: 'a second document begins here (---): one file is one configuration',
    fix: 'remove the line ---, or what follows into a file of its own',
  },
  { code: 'TAB_AS_INDENT', expected: 'a tab stands where YAML wants spaces', fix: 'write spaces instead of the tab' },
  {
    code: 'UNEXPECTED_TOKEN',
    message: /^Block scalar header|^Not a YAML token/,
    expected: 'after > or | nothing may stand in the same line: the text begins in the next one',
    fix: `move the text into the next line, deeper than its key; or begin it without > or |, or ${QUOTE}`,
  },
  {
    code: 'UNEXPECTED_TOKEN',
    message: /node end/,
    expected: 'something follows a text in quotes, which is over by then',
    fix: 'put all of the value between single quotes; a quote inside of them is written twice',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    message: /block-seq-ind/,
    expected: 'a list begins in the line of its key',
    fix: 'write each item in a line of its own, below the key, or [a, b]',
  },
  {
    code: 'BAD_SCALAR_START',
    expected: 'a text without quotes cannot begin with this character',
    fix: QUOTE,
  },
  {
    code: 'BAD_DQ_ESCAPE',
    expected: 'between double quotes \\ begins an escape, and this is none',
    fix: 'put it between single quotes, where \\ is a character like any other',
  },
  {
    code: 'TAG_RESOLVE_FAILED',
    expected: 'a text that begins with ! is read as the name of a type',
    fix: QUOTE,
  },
  {
    code: 'MISSING_CHAR',
    message: /quote/,
    expected: 'the quote that begins a text here is never closed',
    fix: 'add the same quote at its end',
  },
  { code: 'MISSING_CHAR', message: /\]/, expected: 'a [ is never closed', fix: 'add a ]' },
  { code: 'MISSING_CHAR', message: /\}/, expected: 'a { is never closed', fix: 'add a }' },
  { code: 'BAD_INDENT', message: /end with a \]/, expected: 'a [ is never closed', fix: 'add a ]' },
  { code: 'BAD_INDENT', message: /end with a \}/, expected: 'a { is never closed', fix: 'add a }' },
  { code: 'BAD_INDENT', expected: 'this line is indented otherwise than those it belongs to', fix: INDENT },
  {
    code: 'MULTILINE_IMPLICIT_KEY',
    expected: 'this line has no key with a colon and a space after it',
    fix: 'write key: value',
  },
  { code: 'MISSING_CHAR', expected: 'a key without a colon and a space after it', fix: 'write key: value' },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    expected: 'a second colon in this line makes a map within its value',
    fix: `${QUOTE}; or begin the map in the next line`,
  },
  { code: 'BLOCK_IN_FLOW', expected: 'inside { } and [ ] all is written with commas', fix: 'separate with commas' },
  { code: 'BAD_ALIAS', expected: 'this is no name of an anchor', fix: QUOTE },
  { code: 'MULTIPLE_ANCHORS', expected: 'one value has two anchors (&)', fix: 'leave one' },
  { code: 'KEY_OVER_1024_CHARS', expected: 'a key of more than 1024 characters', fix: 'write key: value' },
  {
    code: 'BAD_DIRECTIVE',
    expected: 'a line that begins with % is for the parser, which does not know this',
    fix: 'remove the line',
  },
];

/** `${NAME}` and the values of the file stay out of it. */
export function yamlWords({ code, message }: Pick<YAMLError, 'code' | 'message'>): Words {
  const row = ROWS.find((one) => one.code === code && (one.message?.test(message) ?? true));
  if (row !== undefined) return { expected: row.expected, fix: row.fix };
  return { expected: 'this is no YAML', fix: `${QUOTE}, if it is a text; ${INDENT}` };
}

/** `*name` without an `&name` before it. */
export const NO_ANCHOR: Words = {
  expected: 'a value that begins with * stands for one marked with & further up, and there is none of this name',
  fix: `${QUOTE}, if it is a text`,
};

/** `&name [*name]`. */
export const ITSELF: Words = {
  expected: 'this alias (*name) stands inside the very value that it stands for, which would have no end',
  fix: 'write the value out',
};

/** Aliases of aliases of aliases, or hundreds of them. */
export const TOO_MANY_ALIASES: Words = {
  expected: 'aliases (*name) multiply here to more than a configuration has',
  fix: 'write the values out',
};

/** `<<: *name`. */
export const MERGE_KEY: Words = {
  expected: 'a merge key (<<), which YAML 1.2 does not have',
  fix: 'write the keys out; *name stands for a whole value',
};
